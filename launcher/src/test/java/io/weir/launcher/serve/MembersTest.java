package io.weir.launcher.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Admissions.Verdict;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.MemberPlan;
import java.util.List;
import org.junit.jupiter.api.Test;

class MembersTest {
    private final FakePlans plans = new FakePlans();

    private Members members(FakeGroup... groups) {
        return new Members(plans, () -> List.of(groups));
    }

    private static Peer peer(int node, int port) {
        return new Peer(new PeerId(new NodeId(node), 9), "127.0.0.1", port);
    }

    @Test
    void whoIsPlannedAtAnAddressMayJoinFromThereOnly() {
        plans.plans().put(new NodeId(4), new MemberPlan.Joins("127.0.0.1", 7404));
        plans.plans().put(new NodeId(3), new MemberPlan.Leaves());

        try (Members members = members()) {
            assertThat(members.of(peer(4, 7404))).isEqualTo(Verdict.WELCOME);
            assertThat(members.of(peer(4, 7405))).isEqualTo(Verdict.AS_BEFORE);
            assertThat(members.of(peer(3, 7403))).isEqualTo(Verdict.UNWELCOME);
            assertThat(members.of(peer(2, 7402))).isEqualTo(Verdict.AS_BEFORE);
        }
    }

    @Test
    void whoLeavesIsTakenOutOfTheGroupsThatThisProcessLeads() {
        FakeGroup led = new FakeGroup(1, 2, 3);
        FakeGroup followed = new FakeGroup(1, 2, 3).following();
        plans.plans().put(new NodeId(3), new MemberPlan.Leaves());

        try (Members members = members(led, followed)) {
            members.takeOut();

            assertThat(led.nodes()).containsExactly(1, 2);
            assertThat(followed.nodes()).containsExactly(1, 2, 3);
        }
    }

    @Test
    void whoLeavesItselfWaitsUntilAnotherLeads() {
        FakeGroup group = new FakeGroup(1, 2, 3);
        plans.plans().put(new NodeId(1), new MemberPlan.Leaves());

        try (Members members = members(group)) {
            members.takeOut();

            assertThat(group.nodes()).containsExactly(1, 2, 3);
        }
    }
}
