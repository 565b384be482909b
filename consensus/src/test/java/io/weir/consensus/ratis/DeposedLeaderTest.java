package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.testsupport.consensus.JournalState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.grpc.server.GrpcServicesImpl;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.util.CodeInjectionForTesting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A leader that is cut off from the others, and so is not told that another one leads. */
class DeposedLeaderTest {
    private static final int LEADER = 1;
    private static final int NEXT = 2;
    /** So long that nobody notices a cut before the test is over. */
    private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(15);

    /** Much longer than a heartbeat is on its way, much shorter than the time between two. */
    private static final Duration QUIET = Duration.ofSeconds(1);

    @TempDir
    private Path directory;

    private final CountDownLatch healed = new CountDownLatch(1);
    private final AtomicBoolean cut = new AtomicBoolean();
    private final AtomicLong sentNanos = new AtomicLong(System.nanoTime());
    private Peers<JournalState> peers;

    @BeforeEach
    void start() throws Exception {
        peers = new Peers<>(directory, 3, JournalState::new)
                .with(config -> config.withElectionTimeout(ELECTION_TIMEOUT));
        peers.startAll();
        peers.stand(LEADER);
        watch();
    }

    @AfterEach
    void stop() {
        healed.countDown();
        CodeInjectionForTesting.remove(GrpcServicesImpl.GRPC_SEND_SERVER_REQUEST);
        peers.close();
    }

    /** Once they are cut off, nothing that the leader and the others send each other leaves its sender. */
    private void watch() {
        String leader = peers.nameOf(LEADER).toString();
        CodeInjectionForTesting.put(GrpcServicesImpl.GRPC_SEND_SERVER_REQUEST, (local, remote, arguments) -> {
            String to = switch (arguments[0]) {
                case AppendEntriesRequestProto append ->
                    append.getServerRequest().getReplyId().toStringUtf8();
                case RequestVoteRequestProto vote ->
                    vote.getServerRequest().getReplyId().toStringUtf8();
                default -> "";
            };
            boolean isLeaders = leader.equals(local.toString()) || leader.equals(to);
            if (isLeaders && !cut.get()) {
                sentNanos.set(System.nanoTime());
            }
            return isLeaders && cut.get() && awaited(healed);
        });
    }

    /** Not while something is on its way, to which the answer would be that another leads. */
    private void cut() {
        Eventually.holds(() -> System.nanoTime() - sentNanos.get() > QUIET.toNanos());
        cut.set(true);
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            return latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException givenUp) {
            // Whoever gives up sends it no more.
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Cut off", givenUp);
        }
    }

    @Test
    void aBarrierIsNotPassedByAnAnswerFromBeforeTheLeaderWasDeposed() throws Exception {
        // Given a leader of an idle group, whom the others have confirmed a moment ago
        submitted(LEADER, "before");
        assertThat(peers.group(LEADER).barrier()).succeedsWithin(60, TimeUnit.SECONDS);
        assertThat(peers.group(LEADER).barrier()).succeedsWithin(60, TimeUnit.SECONDS);
        // When it is cut off, and another leads and commits
        cut();
        peers.stand(NEXT);
        submitted(NEXT, "after");
        assertThat(peers.group(LEADER).leadership()).isInstanceOf(Leadership.Leading.class);
        assertThat(peers.state(LEADER).texts()).containsExactly("before");
        // Then it passes no barrier
        CompletableFuture<Void> stale = peers.group(LEADER).barrier();
        assertThat(stale).isNotDone();
        // And says so once it hears of the other
        healed.countDown();
        assertThat(stale.handle((passed, failure) -> failure == null
                        ? Optional.empty()
                        : Optional.of(ServiceException.of(failure).code())))
                .succeedsWithin(60, TimeUnit.SECONDS)
                .isEqualTo(Optional.of(FailureCode.NOT_LEADER));
        Eventually.holds(() -> peers.group(LEADER)
                .barrier()
                .handle((passed, failure) -> failure == null)
                .join());
        assertThat(peers.state(LEADER).texts()).containsExactly("before", "after");
    }

    private void submitted(int node, String text) {
        assertThat(peers.group(node).submit(JournalState.entry(text)))
                .succeedsWithin(60, TimeUnit.SECONDS)
                .isInstanceOf(Submission.Applied.class);
    }
}
