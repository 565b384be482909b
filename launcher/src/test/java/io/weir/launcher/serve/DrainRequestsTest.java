package io.weir.launcher.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.testsupport.metadata.MemoryMetadata;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DrainRequestsTest {
    private final FakePlans plans = new FakePlans();
    private final MemoryMetadata metadata = new MemoryMetadata();
    private final List<FakeGroup> groups = new ArrayList<>(List.of(
            new FakeGroup(1, 2, 3).named("wal-0"),
            new FakeGroup(1, 2, 3).named("metadata").ledBy(2, 1),
            new FakeGroup(1, 2, 3).named("cursors").ledBy(2, 1)));

    private String answer(String method, String path) {
        HttpAnswer answer = new DrainRequests(new NodeId(1), plans, metadata, () -> List.copyOf(groups))
                .answer(new HttpQuestion(method, path, Map.of(), Map.of(), ByteBuffer.allocate(0)));
        return answer.status() + " " + StandardCharsets.UTF_8.decode(answer.body());
    }

    @Test
    void saysWhatADrainedNodeStillHasUntilItHasNothing() {
        metadata.registerNode(new ClusterNode(new NodeId(1), "h", 1)).join();
        metadata.registerNode(new ClusterNode(new NodeId(2), "h", 2)).join();
        metadata.ownCell(new CellId(3), () -> Optional.of(new NodeId(1)));
        assertThat(answer("PUT", "/drained/1")).startsWith("200 ");
        assertThat(plans.drained()).containsExactly(new NodeId(1));
        metadata.drain(new NodeId(1), true);

        assertThat(answer("GET", "/drained/1"))
                .contains("\"leads\":[\"wal-0\"]", "\"cells\":1", "\"offered\":false", "\"done\":false");

        metadata.ownCell(new CellId(3), () -> Optional.of(new NodeId(2)));
        groups.getFirst().following();
        assertThat(answer("GET", "/drained/1")).contains("\"leads\":[]", "\"unknown\":[\"wal-0\"]", "\"done\":false");

        groups.getFirst().ledBy(3, 2);
        assertThat(answer("GET", "/drained/1")).contains("\"unknown\":[]", "\"done\":true");

        assertThat(answer("DELETE", "/drained/1")).startsWith("200 ");
        assertThat(plans.drained()).isEmpty();
    }

    @Test
    void aShardThatIsNotKnownHereIsUnknown() {
        groups.removeFirst();
        metadata.drain(new NodeId(3), true);
        assertThat(answer("GET", "/drained/3")).contains("\"unknown\":[\"wal-0\"]", "\"done\":false");
    }

    @Test
    void theLastNodeOfAGroupStays() {
        assertThat(answer("PUT", "/drained/1")).startsWith("200 ");
        assertThat(answer("PUT", "/drained/2")).startsWith("200 ");
        assertThat(answer("PUT", "/drained/3")).startsWith("409 ").contains("the last one of group");
        assertThat(answer("PUT", "/drained/2")).as("said again").startsWith("200 ");
        assertThat(plans.drained()).containsExactlyInAnyOrder(new NodeId(1), new NodeId(2));
    }

    @Test
    void oneThatLeavesIsNotLeftToLead() {
        plans.plan(new NodeId(2), new MemberPlan.Leaves()).join();
        assertThat(answer("PUT", "/drained/1")).startsWith("200 ");
        assertThat(answer("PUT", "/drained/3")).startsWith("409 ").contains("the last one of group");
    }

    @Test
    void eachGroupIsLookedAtForItself() {
        // Given one node for the log, and others for the rest
        groups.set(0, new FakeGroup(4).named("wal-0"));
        assertThat(answer("PUT", "/drained/4")).startsWith("409 ").contains("the last one of group wal-0");
        assertThat(answer("PUT", "/drained/1")).startsWith("200 ");
    }

    @Test
    void aNodeThatKeepsNothingKnowsWhoDoes() {
        groups.forEach(FakeGroup::followed);
        metadata.registerNode(new ClusterNode(new NodeId(7), "h", 1)).join();
        assertThat(answer("PUT", "/drained/1")).startsWith("200 ");
        assertThat(answer("PUT", "/drained/2")).startsWith("200 ");
        assertThat(answer("PUT", "/drained/3")).startsWith("409 ").contains("the last one of group");
        assertThat(answer("PUT", "/drained/7")).as("a gateway").startsWith("200 ");
    }

    @Test
    void whereTheKeepersOfAGroupAreNotKnownNobodyIsDrained() {
        groups.set(0, new FakeGroup().named("wal-0").followed());
        assertThat(answer("PUT", "/drained/1")).startsWith("409 ").contains("Who keeps group wal-0 is not known");
        groups.removeFirst();
        assertThat(answer("PUT", "/drained/1")).startsWith("409 ").contains("Who keeps group wal-0 is not known");
        assertThat(plans.drained()).isEmpty();
    }

    @Test
    void whoeverSeesThatTwoWereDrainedAtOnceTakesItsOwnBack() {
        plans.drain(new NodeId(1), true).join();
        plans.meanwhile(() -> plans.drained().add(new NodeId(3)));
        assertThat(answer("PUT", "/drained/2")).startsWith("409 ").contains("the last one of group");
        assertThat(plans.drained()).containsExactlyInAnyOrder(new NodeId(1), new NodeId(3));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    PUT    | /drained/x | 400 | Not a node's number
                    PUT    | /drained/9 | 404 | belongs to no group
                    POST   | /drained/1 | 405 | drains a node
                    """)
    void refusesWhatCannotBe(String method, String path, int status, String reason) {
        assertThat(answer(method, path)).startsWith(status + " ").contains(reason);
        assertThat(plans.drained()).isEmpty();
    }

    @Test
    void saysWhenNobodyCanDecide() {
        plans.loseLeader();
        assertThat(answer("PUT", "/drained/1")).startsWith("503 ").contains("Nobody leads");
    }
}
