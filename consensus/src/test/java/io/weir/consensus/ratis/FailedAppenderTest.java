package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.Submission;
import io.weir.testsupport.consensus.JournalState;
import io.weir.testsupport.file.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.ratis.grpc.server.GrpcServicesImpl;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.impl.Elections;
import org.apache.ratis.util.CodeInjectionForTesting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A leader that fails once while it sends a follower entries, as when its log is purged in that moment. */
class FailedAppenderTest {
    private static final int LEADER = 1;
    private static final int FOLLOWER = 2;
    private static final int OTHER = 3;
    /** So long that nobody else stands before the test is over. */
    private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(10);
    /** Where the test waits for some of them to pass. */
    private static final Duration SHORTER_ELECTION_TIMEOUT = Duration.ofMillis(1500);

    @TempDir
    private Path directory;

    @AfterEach
    void stop() {
        CodeInjectionForTesting.remove(GrpcServicesImpl.GRPC_SEND_SERVER_REQUEST);
    }

    @Test
    void goesOnWithAFollowerThatIsAMemberAsBefore() throws Exception {
        try (Peers<JournalState> peers =
                new Peers<>(directory, 3, JournalState::new).withElectionTimeout(ELECTION_TIMEOUT)) {
            peers.startAll();
            peers.stand(LEADER);
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

    @Test
    void sendsAgainWhatTheFollowersHaveAndItsPredecessorsWereNotToldOf() throws Exception {
        CountDownLatch failed = new CountDownLatch(2);
        try (Peers<JournalState> peers = new Peers<>(directory, 3, JournalState::new)
                .with(config -> config.withElectionTimeout(ELECTION_TIMEOUT))) {
            peers.startAll();
            peers.stand(LEADER);
            submitted(peers, "before");
            // Given an entry that both followers have taken, and have not answered
            CountDownLatch taken = HeldAnswers.by(peers, LEADER, failed, FOLLOWER, OTHER);
            CompletableFuture<Submission> last = peers.group(LEADER).submit(JournalState.entry("last"));
            assertThat(taken.await(60, TimeUnit.SECONDS)).isTrue();
            // When what sends entries to them fails, before they answer whom nobody asks any more
            failOnce(failed);
            CompletableFuture<Void> heartbeats = peers.group(LEADER).barrier();
            // Then it is committed all the same, though nobody submits more
            assertThat(last).succeedsWithin(60, TimeUnit.SECONDS).isInstanceOf(Submission.Applied.class);
            assertThat(heartbeats).succeedsWithin(60, TimeUnit.SECONDS);
        } finally {
            failed.countDown();
            failed.countDown();
            HeldAnswers.end();
        }
    }

    /** Once, so that it is tried again; twice without an answer, so that the admission ends and is asked for again. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void feedsAReplicaThatIsAdmittedMeanwhile(int failures) throws Exception {
        try (Peers<JournalState> peers =
                new Peers<>(directory, 3, JournalState::new).withElectionTimeout(SHORTER_ELECTION_TIMEOUT)) {
            peers.startAll();
            peers.stand(LEADER);
            submitted(peers, "before");
            long term = termOf(peers);
            peers.stop(FOLLOWER);
            Trees.delete(peers.directoryOf(FOLLOWER));
            // Given that a wiped replica is being admitted
            AtomicInteger left = failToSuccessorOf(peers.nameOf(FOLLOWER).toString(), failures);
            peers.start(FOLLOWER);
            // When what sends it entries fails
            Eventually.holds(() -> left.get() <= 0);
            // Then it has everything all the same, as a member, and of the same leader
            Eventually.holds(() -> peers.state(FOLLOWER).texts().equals(List.of("before")));
            RaftPeerId next =
                    RaftPeerId.valueOf(peers.membership(FOLLOWER).self().toString());
            Eventually.holds(() -> isMember(peers, next));
            submitted(peers, "after");
            Eventually.holds(() -> peers.state(FOLLOWER).texts().equals(List.of("before", "after")));
            assertThat(termOf(peers)).isEqualTo(term);
        }
    }

    private static boolean isMember(Peers<JournalState> peers, RaftPeerId replica) {
        try {
            return Elections.isMember(peers.division(LEADER), replica);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long termOf(Peers<JournalState> peers) {
        return ((Leadership.Leading) peers.group(LEADER).leadership()).term();
    }

    /** To another replica of the same node, as often; returns how often it will yet. */
    private static AtomicInteger failToSuccessorOf(String former, int failures) {
        String node = former.substring(0, former.indexOf('.') + 1);
        AtomicInteger left = new AtomicInteger(failures);
        CodeInjectionForTesting.put(GrpcServicesImpl.GRPC_SEND_SERVER_REQUEST, (local, remote, arguments) -> {
            if (arguments[0] instanceof AppendEntriesRequestProto message && message.getEntriesCount() > 0) {
                String to = message.getServerRequest().getReplyId().toStringUtf8();
                if (to.startsWith(node) && !to.equals(former) && left.getAndDecrement() > 0) {
                    throw new IllegalStateException("Fails " + failures + " times");
                }
            }
            return false;
        });
        return left;
    }

    /** To each follower. */
    private static void failOnce(CountDownLatch failed) {
        Set<String> done = ConcurrentHashMap.newKeySet();
        CodeInjectionForTesting.put(GrpcServicesImpl.GRPC_SEND_SERVER_REQUEST, (local, remote, arguments) -> {
            if (arguments[0] instanceof AppendEntriesRequestProto message
                    && done.add(message.getServerRequest().getReplyId().toStringUtf8())) {
                failed.countDown();
                throw new IllegalStateException("Fails once");
            }
            return false;
        });
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
