package io.weir.kafka.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.cell.MemoryCellStore.Failure;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CommittedOffsetsTest {
    private static final String MEMBER = "a-member-of-its-own";

    private final GroupClient client = new GroupClient().started();
    private final AtomicInteger memberEpoch = new AtomicInteger();

    @BeforeEach
    void join() {
        client.metadata.create("orders", 3);
        ConsumerGroupHeartbeatRequestData first = new ConsumerGroupHeartbeatRequestData()
                .setGroupId("g")
                .setMemberId(MEMBER)
                .setMemberEpoch(0)
                .setRebalanceTimeoutMs(Integer.MAX_VALUE)
                .setSubscribedTopicNames(List.of("orders"))
                .setTopicPartitions(List.of());
        assertThat(client.askUntilLoaded(
                        ApiKeys.CONSUMER_GROUP_HEARTBEAT, first, ConsumerGroupHeartbeatResponseData.class, joined -> {
                            memberEpoch.set(joined.memberEpoch());
                            return Errors.forCode(joined.errorCode());
                        }))
                .isEqualTo(Errors.NONE);
    }

    @AfterEach
    void close() {
        client.close();
    }

    @Test
    void theOwnerRefusesWhomItDoesNotKnow() {
        assertThat(fetch("somebody-else")).isEqualTo(Errors.UNKNOWN_MEMBER_ID);
        assertThat(fetch(MEMBER)).isEqualTo(Errors.NONE);
    }

    @Test
    void aFormerOwnerSaysNothingButThatItIsNone() {
        client.cells.failNextAppends(Failure.FENCED);

        assertThat(fetch("somebody-else")).isEqualTo(Errors.NOT_COORDINATOR);
    }

    private Errors fetch(String member) {
        OffsetFetchResponseData answer = client.ask(
                ApiKeys.OFFSET_FETCH,
                ApiKeys.OFFSET_FETCH.latestVersion(),
                new OffsetFetchRequestData()
                        .setGroups(List.of(new OffsetFetchRequestData.OffsetFetchRequestGroup()
                                .setGroupId("g")
                                .setMemberId(member)
                                .setMemberEpoch(memberEpoch.get())
                                .setTopics(List.of()))),
                OffsetFetchResponseData.class);
        return Errors.forCode(answer.groups().getFirst().errorCode());
    }
}
