package io.weir.consensus.ratis.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RemoteBarrierTest {
    private final PeerChannels channels = new PeerChannels();
    private final AtomicLong applied = new AtomicLong(-1);
    private Optional<Leader> known = Optional.of(new Leader(FakeLeader.NODE, 1));
    private FakeLeader leader;

    @BeforeEach
    void start() throws Exception {
        leader = new FakeLeader();
    }

    @AfterEach
    void stop() {
        channels.close();
        leader.close();
    }

    private RemoteBarrier barrier(String group, Duration patience) {
        return new RemoteBarrier(
                group,
                FakeLeader.SELF,
                channels,
                () -> known,
                node -> Optional.of(leader.peer()),
                applied::get,
                patience);
    }

    private RemoteBarrier barrier() {
        return barrier(FakeLeader.GROUP, Duration.ofSeconds(60));
    }

    private static void failsWith(CompletableFuture<Void> passed, FailureCode code) {
        assertThat(passed)
                .failsWithin(60, TimeUnit.SECONDS)
                .withThrowableOfType(ExecutionException.class)
                .havingCause()
                .isInstanceOfSatisfying(
                        ServiceException.class, it -> assertThat(it.code()).isEqualTo(code));
    }

    @Test
    void passesWhenThisPeerHasAppliedWhatTheLeaderHad() {
        RemoteBarrier barrier = barrier();
        CompletableFuture<Void> passed = barrier.pass();
        Eventually.holds(() -> !leader.asked().isEmpty());
        assertThat(passed).isNotDone();
        applied.set(0);
        barrier.applied(new LogPosition(1, 0));
        assertThat(passed).succeedsWithin(60, TimeUnit.SECONDS);
        assertThat(leader.asked()).containsExactly(FakeLeader.SELF);
    }

    @Test
    void whoComesMeanwhileSharesTheNextQuestion() {
        RemoteBarrier barrier = barrier();
        List<CompletableFuture<Void>> all =
                IntStream.range(0, 1_000).mapToObj(i -> barrier.pass()).toList();
        applied.set(0);
        Eventually.holds(() -> {
            barrier.applied(new LogPosition(1, 0));
            return all.stream().allMatch(CompletableFuture::isDone);
        });
        assertThat(all).allMatch(it -> !it.isCompletedExceptionally());
        assertThat(leader.asked()).hasSize(2);
    }

    @Test
    void theLeaderIsToldOnceThatAConnectionHasEnded() {
        RemoteBarrier barrier = barrier();
        for (int round = 1; round <= 3; round++) {
            int asked = round;
            CompletableFuture<Void> passed = barrier.pass();
            Eventually.holds(() -> leader.asked().size() == asked);
            applied.set(0);
            barrier.applied(new LogPosition(1, 0));
            assertThat(passed).succeedsWithin(60, TimeUnit.SECONDS);
        }
        assertThat(leader.lost()).isEmpty();
        channels.close();
        Eventually.holds(() -> !leader.lost().isEmpty());
        assertThat(leader.lost()).containsExactly(FakeLeader.SELF);
    }

    @Test
    void failsWithoutALeader() {
        leader.confirmNothing(FailureCode.NOT_LEADER);
        failsWith(barrier().pass(), FailureCode.NOT_LEADER);
        failsWith(barrier("other", Duration.ofSeconds(60)).pass(), FailureCode.NOT_LEADER);
        leader.confirmNothing(FailureCode.TIMED_OUT);
        failsWith(barrier().pass(), FailureCode.TIMED_OUT);
        leader.close();
        failsWith(barrier().pass(), FailureCode.NOT_LEADER);
        known = Optional.empty();
        failsWith(barrier().pass(), FailureCode.NOT_LEADER);
    }

    @Test
    void failsWhenThisPeerDoesNotCatchUpInTime() {
        RemoteBarrier barrier = barrier(FakeLeader.GROUP, Duration.ofMillis(200));
        CompletableFuture<Void> passed = barrier.pass();
        Eventually.holds(() -> {
            barrier.tick();
            return passed.isDone();
        });
        failsWith(passed, FailureCode.TIMED_OUT);
    }

    @Test
    void failsWhenTheGroupIsClosed() {
        RemoteBarrier barrier = barrier();
        CompletableFuture<Void> first = barrier.pass();
        CompletableFuture<Void> second = barrier.pass();
        barrier.abandon(FailureCode.SHUTTING_DOWN, "closed");
        failsWith(first, FailureCode.SHUTTING_DOWN);
        failsWith(second, FailureCode.SHUTTING_DOWN);
    }
}
