package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.Submission;
import io.weir.testsupport.consensus.JournalState;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.ratis.grpc.server.GrpcServicesImpl;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.impl.Elections;
import org.apache.ratis.util.CodeInjectionForTesting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A leader that fails once while it sends a follower entries, as when its log is purged in that moment. */
class FailedAppenderTest {
    private static final int LEADER = 1;
    private static final int FOLLOWER = 2;

    @TempDir
    private Path directory;

    @AfterEach
    void stop() {
        CodeInjectionForTesting.remove(GrpcServicesImpl.GRPC_SEND_SERVER_REQUEST);
    }

    @Test
    void goesOnWithAFollowerThatIsAMemberAsBefore() throws Exception {
        try (Peers<JournalState> peers = new Peers<>(directory, 3, JournalState::new)) {
            peers.startAll();
            peers.lead(LEADER);
            submitted(peers, "before");
            Eventually.holds(() -> peers.state(FOLLOWER).texts().contains("before"));
            long known = peers.division(LEADER).getRaftLog().getNextIndex();
            // When what sends entries to a follower fails
            ConcurrentLinkedQueue<Long> sent = failOnceTo(peers.nameOf(FOLLOWER).toString());
            submitted(peers, "meanwhile");
            Eventually.holds(() -> peers.state(FOLLOWER).texts().equals(List.of("before", "meanwhile")));
            // Then it begins with what that does not have, and takes it for what it is
            assertThat(sent).isNotEmpty().allMatch(index -> index >= known);
            assertThat(Elections.isMember(peers.division(LEADER), peers.nameOf(FOLLOWER)))
                    .isTrue();
        }
    }

    /** The first message of entries. Returns the indices of all entries that are sent from then on. */
    private static ConcurrentLinkedQueue<Long> failOnceTo(String follower) {
        ConcurrentLinkedQueue<Long> sent = new ConcurrentLinkedQueue<>();
        AtomicBoolean failed = new AtomicBoolean();
        CodeInjectionForTesting.put(GrpcServicesImpl.GRPC_SEND_SERVER_REQUEST, (local, remote, arguments) -> {
            if (arguments[0] instanceof AppendEntriesRequestProto message
                    && message.getEntriesCount() > 0
                    && follower.equals(message.getServerRequest().getReplyId().toStringUtf8())) {
                if (failed.compareAndSet(false, true)) {
                    throw new IllegalStateException("Fails once");
                }
                message.getEntriesList().stream().map(LogEntryProto::getIndex).forEach(sent::add);
            }
            return false;
        });
        return sent;
    }

    private static void submitted(Peers<JournalState> peers, String text) {
        assertThat(peers.group(LEADER).submit(JournalState.entry(text)))
                .succeedsWithin(60, TimeUnit.SECONDS)
                .isInstanceOf(Submission.Applied.class);
    }
}
