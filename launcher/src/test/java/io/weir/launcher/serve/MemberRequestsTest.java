package io.weir.launcher.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.launcher.config.Exposure;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemberRequestsTest {
    private final FakePlans plans = new FakePlans();

    private String answer(FakeGroup group, String method, String path) {
        return answer(Exposure.LOOPBACK, group, method, path);
    }

    private String answer(Exposure exposure, FakeGroup group, String method, String path) {
        HttpAnswer answer = new MemberRequests(plans, () -> List.of(group), exposure)
                .answer(new HttpQuestion(method, path, Map.of(), Map.of(), ByteBuffer.allocate(0)));
        return answer.status() + " " + StandardCharsets.UTF_8.decode(answer.body());
    }

    @Test
    void aNodeIsPlannedToJoinAndToLeave() {
        FakeGroup group = new FakeGroup(1, 2, 3);

        assertThat(answer(group, "PUT", "/members/4/127.0.0.1%3A7404"))
                .startsWith("200 ")
                .contains("--node-id 4", "4=127.0.0.1:7404", "Then there are 4");
        assertThat(plans.plans()).containsEntry(new NodeId(4), new MemberPlan.Joins("127.0.0.1", 7404));
        assertThat(answer(group, "DELETE", "/members/4")).startsWith("200 ");
        assertThat(plans.plans()).containsEntry(new NodeId(4), new MemberPlan.Leaves());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    PUT    | /members/0/127.0.0.1:7404 | 400 | a number from 1
                    PUT    | /members/4/10.1.2.3:7404  | 400 | is not a loopback address
                    PUT    | /members/4/127.0.0.1:0    | 400 | a port other than 0
                    PUT    | /members/4/127.0.0.1      | 400 | is not HOST:PORT
                    PUT    | /members/4/%zz            | 400 | Not N or N/HOST:PORT
                    PUT    | /members/x/127.0.0.1:7404 | 400 | Not N or N/HOST:PORT
                    PUT    | /members/4/127.0.0.1:7402 | 409 | Another node listens at 127.0.0.1:7402
                    PUT    | /members/4                | 405 | adds a node
                    DELETE | /members/4/5              | 405 | removes it
                    DELETE | /members/4                | 404 | belongs to no group
                    """)
    void refusesWhatCannotBe(String method, String path, int status, String reason) {
        assertThat(answer(new FakeGroup(1, 2, 3), method, path))
                .startsWith(status + " ")
                .contains(reason);
        assertThat(plans.plans()).isEmpty();
    }

    @Test
    void aNodeMayBeElsewhereWhereThisOneIsExposed() {
        assertThat(answer(Exposure.INSECURE, new FakeGroup(1, 2, 3), "PUT", "/members/4/10.1.2.3:7404"))
                .startsWith("200 ");
    }

    @Test
    void thereAreSevenAtMostCountingThoseThatAreAboutToJoin() {
        FakeGroup group = new FakeGroup(1, 2, 3, 4, 5, 6);

        assertThat(answer(group, "PUT", "/members/7/127.0.0.1:7407")).startsWith("200 ");
        assertThat(answer(group, "PUT", "/members/8/127.0.0.1:7408"))
                .startsWith("409 ")
                .contains("more than 7");
    }

    @Test
    void theLastNodeStaysCountingThoseThatAreAboutToLeave() {
        FakeGroup group = new FakeGroup(1, 2);

        assertThat(answer(group, "DELETE", "/members/2")).startsWith("200 ");
        assertThat(answer(group, "DELETE", "/members/1")).startsWith("409 ").contains("Node 1 is the last one");
    }

    @Test
    void aProcessWithoutPeersCannotGrow() {
        assertThat(answer(new FakeGroup(), "PUT", "/members/2/127.0.0.1:7402"))
                .startsWith("409 ")
                .contains("started without peers");
    }

    @Test
    void saysThatNothingIsPlannedWhileNobodyLeads() {
        plans.loseLeader();

        assertThat(answer(new FakeGroup(1, 2, 3), "PUT", "/members/4/127.0.0.1:7404"))
                .startsWith("503 ")
                .contains("Nobody leads");
    }
}
