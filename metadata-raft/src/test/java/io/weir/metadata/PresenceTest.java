package io.weir.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.ClusterNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class PresenceTest {
    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final Duration THIRD = Duration.ofSeconds(1);
    private static final ClusterNode ME = new ClusterNode(new NodeId(1), "here", 9092);
    private static final Leadership LED = new Leadership.Following(Optional.of(new Leader(new NodeId(2), 5)));
    private static final Leadership LED_BY_ANOTHER =
            new Leadership.Following(Optional.of(new Leader(new NodeId(3), 6)));

    private final Time time = new Time();
    private final FakeGroup group = new FakeGroup();
    private final Presence presence = new Presence(group, time, () -> time.nowNanos, LEASE);

    @Test
    void whoLeadsOrIsAloneNeverWakesUp() {
        presence.start();
        assertThat(time.alarms).as("no leader is known").isEmpty();

        presence.leadershipChanged(new Leadership.Leading(1));
        presence.announce(ME);
        group.shown = true;
        presence.imageChanged();

        assertThat(time.alarms).isEmpty();
        assertThat(group.barriers).isEmpty();
        assertThat(presence.age()).isZero();
    }

    @Test
    void renewalsThatCannotBeAskedForAreNoneThatAreOnTheirWay() {
        presence.start();
        presence.leadershipChanged(LED);
        group.withoutThread = true;
        for (int i = 0; i < 5; i++) {
            time.advance(THIRD);
        }
        assertThat(group.barriers).isEmpty();

        group.withoutThread = false;
        time.advance(THIRD);

        assertThat(group.barriers).hasSize(1);
    }

    @Test
    void aFollowerRenewsEveryThirdOfItsLease() {
        presence.start();
        presence.leadershipChanged(LED);
        time.advance(Duration.ZERO);
        assertThat(group.barriers).hasSize(1);

        for (int i = 2; i <= 10; i++) {
            group.passAll();
            time.advance(THIRD.minusNanos(1));
            assertThat(group.barriers).hasSize(i - 1);
            time.advance(Duration.ofNanos(1));
            assertThat(group.barriers).hasSize(i);
        }
    }

    @Test
    void theImageIsAsOldAsTheRenewalThatWasSentLast() {
        presence.start();
        assertThat(presence.age()).isEqualTo(Presence.NEVER);
        presence.leadershipChanged(LED);
        time.advance(Duration.ZERO);
        time.nowNanos += 400;

        group.passAll();

        assertThat(presence.age())
                .as("since it was sent, not since it was answered")
                .isEqualTo(Duration.ofNanos(400));
        assertThat(group.confirmations).isEqualTo(1);
        group.reachable = false;
        time.advance(Duration.ofSeconds(40));
        assertThat(presence.age()).isGreaterThan(Duration.ofSeconds(40));
        group.reachable = true;
        time.advance(THIRD);
        group.passAll();
        assertThat(presence.age()).isLessThanOrEqualTo(THIRD);
    }

    @Test
    void anAnswerThatIsOvertakenMakesTheImageNoOlder() {
        presence.start();
        presence.leadershipChanged(LED);
        time.advance(Duration.ZERO);
        time.advance(THIRD);
        assertThat(group.barriers).hasSize(2);

        group.barriers.get(1).complete(null);
        group.barriers.get(0).complete(null);

        assertThat(presence.age()).isZero();
    }

    @Test
    void noMoreRenewalsAreUnderWayThanALeaseHas() {
        presence.start();
        presence.leadershipChanged(LED);
        time.advance(Duration.ZERO);
        time.advance(THIRD.multipliedBy(2));
        assertThat(group.barriers).hasSize(3);

        time.advance(THIRD);

        assertThat(group.barriers).as("the fourth waits for one of them").hasSize(3);
        group.passAll();
        time.advance(THIRD);
        assertThat(group.barriers).hasSize(4);
    }

    @Test
    void aNewLeaderHearsOfTheNodeAtOnceAndNoLeaderOfNothing() {
        presence.start();
        presence.leadershipChanged(LED);
        time.advance(Duration.ofMillis(300));
        group.passAll();
        presence.leadershipChanged(new Leadership.Following());
        assertThat(time.alarms).isEmpty();
        time.advance(Duration.ofSeconds(5));
        assertThat(presence.age()).isGreaterThan(Duration.ofSeconds(5));

        presence.leadershipChanged(LED_BY_ANOTHER);
        time.advance(Duration.ZERO);

        assertThat(group.barriers).hasSize(2);
    }

    @Test
    void whoLeadNoLongerIsCurrentUntilThen() {
        presence.start();
        presence.leadershipChanged(new Leadership.Leading(3));
        time.advance(Duration.ofHours(1));
        presence.leadershipChanged(new Leadership.Following());
        assertThat(presence.age()).isZero();
        time.advance(THIRD);
        assertThat(presence.age()).isEqualTo(THIRD);
    }

    @Test
    void aNodeWhoseLeaseRanOutIsAnnouncedAgain() {
        // Given
        presence.start();
        presence.leadershipChanged(LED);
        presence.announce(ME);
        presence.imageChanged();
        time.advance(Duration.ZERO);
        assertThat(group.registrations).as("it was never there").isEmpty();
        group.shown = true;
        presence.imageChanged();

        // When
        group.shown = false;
        presence.imageChanged();
        presence.imageChanged();
        time.advance(Duration.ZERO);

        // Then
        assertThat(group.registrations).containsExactly(ME);
    }

    /** All nodes have crashed and are back before a lease ran out, and this one leads for a while. */
    @Test
    void aNodeThatIsThereFromItsFormerLifeIsAnnouncedAgainWhenItsLeaseRunsOut() {
        // Given
        group.shown = true;
        presence.start();
        presence.leadershipChanged(new Leadership.Leading(1));
        presence.announce(ME);

        // When
        presence.leadershipChanged(LED);
        group.shown = false;
        presence.imageChanged();
        time.advance(Duration.ZERO);

        // Then
        assertThat(group.registrations).containsExactly(ME);
    }

    @Test
    void itIsAnnouncedUntilItIsThereButOnlyOnceAnInterval() {
        presence.start();
        presence.leadershipChanged(LED);
        presence.announce(ME);
        group.shown = true;
        presence.imageChanged();
        group.shown = false;
        group.reachable = false;
        presence.imageChanged();
        time.advance(Duration.ZERO);
        for (int i = 0; i < 100; i++) {
            presence.imageChanged();
        }
        time.advance(THIRD.minusNanos(1));
        assertThat(group.registrations).hasSize(1);
        time.advance(Duration.ofNanos(1));
        assertThat(group.registrations).hasSize(2);

        group.shown = true;
        time.advance(THIRD.multipliedBy(5));
        assertThat(group.registrations).hasSize(2);
        group.shown = false;
        presence.imageChanged();
        time.advance(Duration.ZERO);
        assertThat(group.registrations).as("lost once more").hasSize(3);
    }

    @Test
    void aNodeThatHasLeftStaysAway() {
        presence.start();
        presence.leadershipChanged(LED);
        presence.announce(ME);
        group.shown = true;
        presence.imageChanged();

        presence.withdraw();
        group.shown = false;
        presence.imageChanged();
        time.advance(THIRD);

        assertThat(group.registrations).isEmpty();
    }

    @Test
    void wakesNobodyOnceClosed() {
        presence.start();
        presence.leadershipChanged(LED);
        presence.close();
        assertThat(time.alarms).isEmpty();
        presence.leadershipChanged(LED_BY_ANOTHER);
        assertThat(time.alarms).isEmpty();
    }

    private static final class FakeGroup implements Presence.Group {
        final List<CompletableFuture<Void>> barriers = new ArrayList<>();
        final List<ClusterNode> registrations = new ArrayList<>();
        boolean reachable = true;
        boolean shown;
        boolean withoutThread;
        int confirmations;

        void passAll() {
            barriers.forEach(barrier -> barrier.complete(null));
        }

        @Override
        public CompletableFuture<Void> barrier() {
            if (withoutThread) {
                throw new OutOfMemoryError("unable to create native thread: asked for by the test");
            }
            CompletableFuture<Void> barrier = reachable ? new CompletableFuture<>() : unreachable();
            barriers.add(barrier);
            return barrier;
        }

        @Override
        public boolean shows(ClusterNode node) {
            return shown;
        }

        @Override
        public CompletableFuture<?> register(ClusterNode node) {
            registrations.add(node);
            return reachable ? CompletableFuture.completedFuture(node) : unreachable();
        }

        @Override
        public void confirmed() {
            confirmations++;
        }

        private static <T> CompletableFuture<T> unreachable() {
            return CompletableFuture.failedFuture(new ServiceException(FailureCode.NOT_LEADER, "nobody"));
        }
    }

    /** A clock that stands still, and rings what it passes. */
    private static final class Time implements Presence.Alarm {
        final List<Ring> alarms = new ArrayList<>();
        long nowNanos = Long.MAX_VALUE - 1_000_000_000;

        private record Ring(long atNanos, Runnable work) {}

        @Override
        public Runnable after(long delayNanos, Runnable work) {
            Ring ring = new Ring(nowNanos + delayNanos, work);
            alarms.add(ring);
            return () -> alarms.remove(ring);
        }

        void advance(Duration by) {
            long until = nowNanos + by.toNanos();
            while (true) {
                Optional<Ring> due = alarms.stream()
                        .filter(ring -> ring.atNanos() - until <= 0)
                        .min(Comparator.comparingLong(ring -> ring.atNanos() - until));
                if (due.isEmpty()) {
                    nowNanos = until;
                    return;
                }
                alarms.remove(due.get());
                nowNanos = due.get().atNanos();
                due.get().work().run();
            }
        }
    }
}
