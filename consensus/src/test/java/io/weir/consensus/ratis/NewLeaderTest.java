package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.ratis.forward.LeaderSide;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.NodeId;
import io.weir.testsupport.consensus.JournalState;
import io.weir.testsupport.process.FreePorts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.grpc.server.GrpcServicesImpl;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.util.CodeInjectionForTesting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A leader that one of the others has not heard of yet. */
class NewLeaderTest {
    private static final int LEADER = 1;
    private static final int UNHEARD = 2;

    @TempDir
    private Path directory;

    private final CountDownLatch sent = new CountDownLatch(1);
    private Peers<JournalState> peers;

    @BeforeEach
    void start() throws Exception {
        // So long that no second election meets the test
        peers = new Peers<>(directory, 3, JournalState::new)
                .with(config -> config.withElectionTimeout(Duration.ofSeconds(15)));
        String unheard = peers.nameOf(UNHEARD).toString();
        CodeInjectionForTesting.put(
                GrpcServicesImpl.GRPC_SEND_SERVER_REQUEST,
                (local, remote, arguments) -> arguments[0] instanceof AppendEntriesRequestProto message
                        && unheard.equals(
                                message.getServerRequest().getReplyId().toStringUtf8())
                        && HeldAnswers.awaited(sent));
        peers.startAll();
        peers.stand(LEADER);
    }

    @AfterEach
    void stop() {
        sent.countDown();
        CodeInjectionForTesting.remove(GrpcServicesImpl.GRPC_SEND_SERVER_REQUEST);
        peers.close();
    }

    @Test
    void replacesNobodyWhoHasHadNoTimeToAnswer() {
        LeaderSide leader = ((RatisGroup) peers.group(LEADER)).leading();
        // When another replica of that node asks for its place, as one whose disk was lost does
        Peer twin = new Peer(new PeerId(new NodeId(UNHEARD), 99), "127.0.0.1", FreePorts.next());
        // Then
        assertThat(leader.admit(twin))
                .succeedsWithin(60, TimeUnit.SECONDS)
                .isInstanceOfSatisfying(
                        LeaderSide.Answer.Refused.class,
                        it -> assertThat(it.why().message()).contains("of the same node lives"));
        assertThat(peers.membership(LEADER).peers()).isEqualTo(peers.founders());
    }
}
