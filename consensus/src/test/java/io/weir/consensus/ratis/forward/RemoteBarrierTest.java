package io.weir.consensus.ratis.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
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
    private static final NodeId OTHER = new NodeId(3);

    private final PeerChannels channels = new PeerChannels();
    private final AtomicLong applied = new AtomicLong(-1);
    private Leadership known = ledBy(FakeLeader.NODE, 1);
    private FakeLeader leader;
    private FakeLeader other;

    @BeforeEach
    void start() throws Exception {
        leader = new FakeLeader();
        other = new FakeLeader();
    }

    @AfterEach
    void stop() {
        channels.close();
        leader.close();
        other.close();
    }

    private static Leadership ledBy(NodeId node, long term) {
        return new Leadership.Following(Optional.of(new Leader(node, term)));
    }

    private RemoteBarrier barrier(String group, Duration patience) {
        return new RemoteBarrier(
                group,
                FakeLeader.SELF,
                channels,
                () -> known,
                node -> Optional.of(node.equals(OTHER) ? other.peer() : leader.peer()),
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
        known = new Leadership.Following();
        failsWith(barrier().pass(), FailureCode.NOT_LEADER);
    }

    @Test
    void whenALeaderFallsSilentTheNextOneIsAskedAsSoonAsItIsKnown() {
        leader.fallSilent();
        RemoteBarrier barrier = barrier();
        CompletableFuture<Void> first = barrier.pass();
        CompletableFuture<Void> behind = barrier.pass();
        Eventually.holds(() -> leader.asked().size() == 1);
        // Given that nobody else is known to lead, or only of an earlier time
        for (Leadership unchanged : List.of(known, new Leadership.Following(), ledBy(OTHER, 0))) {
            known = unchanged;
            barrier.tick();
        }
        assertThat(first).isNotDone();
        // When another leads
        known = ledBy(OTHER, 2);
        barrier.tick();
        barrier.tick();
        Eventually.holds(() -> other.asked().size() == 1);
        // Then it is the one whose answer counts, and what this peer must have applied
        assertThat(first).isNotDone();
        applied.set(0);
        Eventually.holds(() -> {
            barrier.applied(new LogPosition(2, 0));
            return first.isDone() && behind.isDone();
        });
        assertThat(first).succeedsWithin(60, TimeUnit.SECONDS);
        assertThat(behind).succeedsWithin(60, TimeUnit.SECONDS);
        assertThat(leader.asked()).hasSize(1);
        assertThat(other.asked()).hasSize(2);
    }

    @Test
    void failsWhenThisPeerLeadsBeforeTheSilentOneAnswers() {
        leader.fallSilent();
        RemoteBarrier barrier = barrier();
        CompletableFuture<Void> first = barrier.pass();
        CompletableFuture<Void> behind = barrier.pass();
        Eventually.holds(() -> leader.asked().size() == 1);
        known = new Leadership.Leading(2);
        barrier.tick();
        failsWith(first, FailureCode.NOT_LEADER);
        failsWith(behind, FailureCode.NOT_LEADER);
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
