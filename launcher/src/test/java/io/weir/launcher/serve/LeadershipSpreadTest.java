package io.weir.launcher.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.MemberPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LeadershipSpreadTest {
    private static final NodeId SELF = new NodeId(1);

    private final FakePlans plans = new FakePlans();
    private final List<FakeGroup> groups = new ArrayList<>();
    private long nowNanos;

    private LeadershipSpread spread() {
        return new LeadershipSpread(plans, () -> List.copyOf(groups), () -> nowNanos);
    }

    private FakeGroup group(String name, int leader) {
        FakeGroup group = new FakeGroup(1, 2, 3).named(name).ledBy(leader, 1);
        groups.add(group);
        return group;
    }

    /** As many looks as a process takes in so many seconds. */
    private void pass(LeadershipSpread spread, int seconds) {
        for (int second = 0; second < seconds; second++) {
            spread.look();
            nowNanos += Duration.ofSeconds(1).toNanos();
        }
    }

    private List<Integer> leaders() {
        return groups.stream().map(FakeGroup::leader).toList();
    }

    @Test
    void shardsThatOneProcessLeadsAreSpreadOneAfterAnother() {
        IntStream.range(0, 6).forEach(shard -> group("wal-" + shard, 1));
        group("metadata", 1);
        try (LeadershipSpread spread = spread()) {
            pass(spread, 10);
            assertThat(leaders()).as("too early").containsOnly(1);

            int moved = 0;
            for (int second = 0; second < 100; second++) {
                pass(spread, 1);
                int now = (int) leaders().stream().filter(leader -> leader != 1).count();
                assertThat(now - moved).as("at a time").isBetween(0, 1);
                moved = now;
            }
            assertThat(leaders()).containsExactly(1, 2, 3, 1, 2, 3, 1);

            pass(spread, 600);
            assertThat(groups.stream().mapToInt(FakeGroup::transfers).sum()).isEqualTo(4);
        }
    }

    @Test
    void aSingleShardStaysWhereItWasElected() {
        FakeGroup only = new FakeGroup(2, 1, 3).named("wal-0");
        groups.add(only);
        try (LeadershipSpread spread = spread()) {
            pass(spread, 600);
            assertThat(only.transfers()).isZero();
        }
    }

    @Test
    void nothingMovesToAPeerThatIsAwayOrBehindOrHasJustComeBack() {
        group("wal-0", 1);
        FakeGroup away = group("wal-1", 1).down(2);
        FakeGroup behind = group("wal-2", 1).behind(65);
        try (LeadershipSpread spread = spread()) {
            pass(spread, 600);
            assertThat(away.transfers() + behind.transfers()).isZero();

            behind.behind(64);
            pass(spread, LeadershipSpread.GOOD_LOOKS - 1);
            assertThat(behind.leader()).isEqualTo(1);
            pass(spread, 1);
            assertThat(behind.leader()).isEqualTo(3);
        }
    }

    @Test
    void nothingMovesWhileLeadershipChangesOrIsUnknown() {
        FakeGroup elsewhere = group("wal-0", 2);
        FakeGroup misplaced = group("wal-1", 1);
        try (LeadershipSpread spread = spread()) {
            for (int term = 2; term < 50; term++) {
                pass(spread, 9);
                elsewhere.ledBy(2 + term % 2, term);
            }
            elsewhere.following();
            pass(spread, 100);
            assertThat(misplaced.transfers()).isZero();

            elsewhere.ledBy(1, 50);
            pass(spread, 12);
            assertThat(misplaced.leader()).isEqualTo(2);
        }
    }

    @Test
    void aPeerThatRefusesIsAskedLessAndLess() {
        group("wal-0", 1);
        FakeGroup refused = group("wal-1", 1).refusing(2);
        try (LeadershipSpread spread = spread()) {
            pass(spread, 3600);
            assertThat(refused.transfers()).isBetween(5, 20);
        }
    }

    @Test
    void aDrainedNodeGivesEverythingAwayAtOnceAndGetsNothingBack() {
        IntStream.range(0, 3).forEach(shard -> group("wal-" + shard, 1));
        FakeGroup metadata = group("metadata", 1);
        plans.drained().add(SELF);
        try (LeadershipSpread spread = spread()) {
            spread.look();
            assertThat(leaders()).doesNotContain(1);

            // And when it is elected nevertheless
            metadata.ledBy(1, 7);
            spread.look();
            assertThat(metadata.leader()).isNotEqualTo(1);
        }
    }

    @Test
    void nothingIsMovedToADrainedNode() {
        group("wal-0", 1);
        FakeGroup ofDrained = group("wal-1", 1);
        plans.drained().add(new NodeId(2));
        try (LeadershipSpread spread = spread()) {
            pass(spread, 60);
            assertThat(ofDrained.leader()).as("its second choice").isEqualTo(1);
        }
    }

    @Test
    void aDrainedNodeGoesOnLeadingWhatNobodyElseCan() {
        FakeGroup group = group("wal-0", 1).down(2).down(3);
        plans.drained().add(SELF);
        try (LeadershipSpread spread = spread()) {
            pass(spread, 60);
            assertThat(group.transfers()).isZero();
        }
    }

    @Test
    void whoLeavesLetsAnotherLeadWhoIsThereEvenADrainedOne() {
        FakeGroup group = group("cursors", 1).down(2);
        plans.plans().put(SELF, new MemberPlan.Leaves());
        try (LeadershipSpread spread = spread()) {
            spread.look();
            assertThat(group.leader()).isEqualTo(3);

            group.ledBy(1, 5);
            plans.drained().addAll(List.of(new NodeId(2), new NodeId(3)));
            spread.look();
            assertThat(group.leader()).isEqualTo(3);
        }
    }

    @Test
    void asksAnotherPeerWhenOneRefuses() {
        FakeGroup group = group("cursors", 1).refusing(2);
        plans.drained().add(SELF);
        try (LeadershipSpread spread = spread()) {
            spread.look();
            spread.look();
            assertThat(group.leader()).isEqualTo(3);
        }
    }

    @Test
    void whoStopsHandsEverythingOverAndMovesNothingAfterwards() {
        FakeGroup refusing = group("wal-0", 1).refusing(2);
        FakeGroup led = group("metadata", 1);
        FakeGroup followed = group("wal-1", 3);
        FakeGroup alone = new FakeGroup(1).named("cursors");
        groups.add(alone);
        plans.drained().add(new NodeId(2));
        try (LeadershipSpread spread = spread()) {
            spread.handOver(Duration.ofMinutes(1));

            assertThat(refusing.leader()).isEqualTo(3);
            assertThat(led.leader()).as("not the drained one").isEqualTo(3);
            assertThat(followed.transfers()).isZero();
            assertThat(alone.leads()).isTrue();
        }
    }

    @Test
    void aDrainedNodeIsHandedWhatNobodyElseTakes() {
        FakeGroup group = group("metadata", 1).refusing(3);
        plans.drained().add(new NodeId(2));
        try (LeadershipSpread spread = spread()) {
            spread.handOver(Duration.ofMinutes(1));
            assertThat(group.leader()).isEqualTo(2);
        }
    }
}
