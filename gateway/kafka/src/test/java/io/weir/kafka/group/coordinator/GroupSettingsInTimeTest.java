package io.weir.kafka.group.coordinator;

import static io.weir.kafka.group.coordinator.GroupsFixture.PATIENCE;
import static io.weir.kafka.group.coordinator.GroupsFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.ConfigResource;
import io.weir.contracts.metadata.Topic;
import io.weir.testsupport.cell.MemoryCellStore;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.testsupport.process.Await;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a group's settings do while it exists: offsets expire, and members are told of changes. */
class GroupSettingsInTimeTest {
    private static final Duration RETENTION = Duration.ofHours(1);
    private static final String HEARTBEAT = "consumer.heartbeat.interval.ms";

    private final ShiftedTime time = new ShiftedTime();
    private final MemoryMetadata metadata = new MemoryMetadata();
    private final GroupsFixture groups = new GroupsFixture(
                    new MemoryCellStore(metadata),
                    metadata,
                    CommitObserver.NONE,
                    config(),
                    new KafkaGroupCoordinator.Surroundings(Optional.empty(), time))
            .started();
    private final Topic topic = groups.metadata.create("orders", 4);

    private static ConsumerGroupsConfig config() {
        ConsumerGroupsConfig usual = ConsumerGroupsConfig.DEFAULT;
        return new ConsumerGroupsConfig(
                usual.initialRebalanceDelay(),
                usual.minSessionTimeout(),
                usual.maxSessionTimeout(),
                usual.heartbeatInterval(),
                usual.maxRebalanceTimeout(),
                usual.maxGroupSize(),
                usual.maxGroupIdLength(),
                usual.maxProtocols(),
                usual.maxMetadataBytes(),
                RETENTION,
                Duration.ofMillis(100),
                usual.commitTimeout(),
                usual.maxInFlightBytes(),
                usual.maxBackOff(),
                usual.threads(),
                usual.maxLagSeries());
    }

    @AfterEach
    void close() {
        groups.close();
    }

    @Test
    void offsetsOfAnEmptyGroupExpireAndYoungerOnesStay() {
        // Given two commits with forty minutes between them
        groups.awaitOpen("g");
        groups.commitAcknowledged("g", topic, 0, 5);
        time.pass(Duration.ofMinutes(40));
        groups.commitAcknowledged("g", topic, 1, 6);
        assertThat(groups.fetchAcknowledged("g", topic, 0)).isEqualTo(5);

        // When the older one is beyond its hour
        time.pass(Duration.ofMinutes(21));

        // Then it goes, and does not come back with a reload
        Await.until("the older offset has expired", PATIENCE, () -> groups.fetchAcknowledged("g", topic, 0) == -1);
        groups.coordinator.reload("g");
        assertThat(groups.fetchAcknowledged("g", topic, 0)).isEqualTo(-1);
        assertThat(groups.fetchAcknowledged("g", topic, 1)).isEqualTo(6);
    }

    @Test
    void offsetsOfATopicThatAMemberReadsDoNotExpire() {
        // Given a group with a member, and one without
        groups.awaitOpen("alive");
        groups.awaitOpen("empty");
        ConsumerGroupHeartbeatResponseData joined = heartbeat("alive", "member", 0);
        assertThat(await(groups.commit("empty", topic, 0, 5))).isEqualTo(Errors.NONE);
        assertThat(await(groups.commitAs("alive", joined.memberId(), joined.memberEpoch(), topic, 0, 5)))
                .isEqualTo(Errors.NONE);

        // When
        time.pass(RETENTION.plusMinutes(1));
        Await.until(
                "the other's offset has expired", PATIENCE, () -> groups.fetchAcknowledged("empty", topic, 0) == -1);

        // Then
        assertThat(groups.fetchAcknowledged("alive", topic, 0)).isEqualTo(5);
    }

    @Test
    void membersOfARunningGroupAreToldOfAChangedSettingAndOfItsEnd() {
        // Given
        groups.awaitOpen("g");
        ConsumerGroupHeartbeatResponseData joined = heartbeat("g", "member", 0);
        assertThat(joined.heartbeatIntervalMs())
                .isEqualTo((int) config().heartbeatInterval().toMillis());

        // When it is set, and removed again
        for (String value : new @Nullable String[] {"7000", null}) {
            Map<String, @Nullable String> change = new HashMap<>();
            change.put(HEARTBEAT, value);
            await(groups.metadata.configure(new ConfigResource.Group(TenantId.DEFAULT, "g"), change, false));

            // Then
            int expected = value == null ? (int) config().heartbeatInterval().toMillis() : Integer.parseInt(value);
            Await.until(
                    "the member is told " + expected,
                    PATIENCE,
                    () -> heartbeat("g", joined.memberId(), joined.memberEpoch())
                                    .heartbeatIntervalMs()
                            == expected);
        }
    }

    private ConsumerGroupHeartbeatResponseData heartbeat(String group, String member, int epoch) {
        ConsumerGroupHeartbeatRequestData request = new ConsumerGroupHeartbeatRequestData()
                .setGroupId(group)
                .setMemberId(member)
                .setMemberEpoch(epoch);
        if (epoch == 0) {
            request.setRebalanceTimeoutMs(60_000)
                    .setSubscribedTopicNames(List.of(topic.name()))
                    .setTopicPartitions(List.of());
        }
        ConsumerGroupHeartbeatResponseData answer = await(groups.coordinator.consumerGroupHeartbeat(
                GroupsFixture.context(ApiKeys.CONSUMER_GROUP_HEARTBEAT), request));
        assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.NONE);
        return answer;
    }
}
