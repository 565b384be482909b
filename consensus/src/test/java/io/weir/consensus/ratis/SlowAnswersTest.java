package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.Submission;
import io.weir.testsupport.consensus.JournalState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.grpc.server.GrpcServicesImpl;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.util.CodeInjectionForTesting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A follower whose disk hangs: it takes entries, answers heartbeats, and never says that it has written anything. */
class SlowAnswersTest {
    private static final String WRITER_STARTS = "SegmentedRaftLogWorker.runWorker";
    private static final int LEADER = 1;
    private static final int SLOW = 2;
    /** The library waits three for an answer; in this time it could have given up twice. */
    private static final int SECONDS = 8;
    /** Another leader would send it everything once more. */
    private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(3);

    @TempDir
    private Path directory;

    private final CountDownLatch works = new CountDownLatch(1);
    private Peers<JournalState> peers;

    @BeforeEach
    void start() throws Exception {
        peers = new Peers<>(directory, 3, JournalState::new).withElectionTimeout(ELECTION_TIMEOUT);
        String slow = peers.nameOf(SLOW).toString();
        CodeInjectionForTesting.put(
                WRITER_STARTS,
                (local, remote, arguments) -> slow.equals(local.toString()) && HeldAnswers.awaited(works));
        peers.startAll();
        peers.stand(LEADER);
    }

    @AfterEach
    void stop() {
        works.countDown();
        peers.close();
        CodeInjectionForTesting.remove(WRITER_STARTS);
        CodeInjectionForTesting.remove(GrpcServicesImpl.GRPC_SEND_SERVER_REQUEST);
    }

    @Test
    void isSentEveryEntryOnce() throws Exception {
        // Given what was sent to it before, as far as that goes
        submitted("before");
        Map<Long, Integer> sent = messagesTo(peers.nameOf(SLOW).toString());
        // When it is sent another one, and its leader is waiting for the answer for long
        submitted("after");
        Eventually.holds(() -> !sent.isEmpty());
        TimeUnit.SECONDS.sleep(SECONDS);
        // Then there is no second copy of it, which would wait for the disk behind the first
        assertThat(sent.values()).containsOnly(1);
        works.countDown();
        Eventually.holds(() -> peers.state(SLOW).texts().size() == 2);
    }

    /** How many there were so far that begin with an index. */
    private static Map<Long, Integer> messagesTo(String follower) {
        Map<Long, Integer> sent = new ConcurrentHashMap<>();
        CodeInjectionForTesting.put(GrpcServicesImpl.GRPC_SEND_SERVER_REQUEST, (local, remote, arguments) -> {
            if (arguments[0] instanceof AppendEntriesRequestProto message
                    && message.getEntriesCount() > 0
                    && follower.equals(message.getServerRequest().getReplyId().toStringUtf8())) {
                sent.merge(message.getEntries(0).getIndex(), 1, Integer::sum);
            }
            return false;
        });
        return sent;
    }

    private void submitted(String text) {
        assertThat(peers.group(LEADER).submit(JournalState.entry(text)))
                .succeedsWithin(60, TimeUnit.SECONDS)
                .isInstanceOf(Submission.Applied.class);
    }
}
