package io.weir.kafka.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.identity.TenantId;
import io.weir.kafka.group.coordinator.ConsumerGroupsConfig;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class GroupLimitsTest {
    private static final ConsumerGroupsConfig CONFIG = ConsumerGroupsConfig.DEFAULT;
    private final GroupLimits limits = new GroupLimits(CONFIG);

    @Test
    void boundsTheLengthOfIds() {
        String longest = "g".repeat(CONFIG.maxGroupIdLength());
        assertThat(limits.group(longest)).isEqualTo(Errors.NONE);
        assertThat(limits.group(longest + "g")).isEqualTo(Errors.INVALID_GROUP_ID);
        assertThat(limits.member("g", List.of(longest))).isEqualTo(Errors.NONE);
        assertThat(limits.member("g", List.of(longest + "m"))).isEqualTo(Errors.INVALID_REQUEST);
    }

    @Test
    void boundsProtocolsAndTheirMetadata() {
        assertThat(limits.join(join(CONFIG.maxProtocols(), 10))).isEqualTo(Errors.NONE);
        assertThat(limits.join(join(CONFIG.maxProtocols() + 1, 10))).isEqualTo(Errors.INCONSISTENT_GROUP_PROTOCOL);
        assertThat(limits.join(join(1, GroupLimits.MAX_MEMBER_METADATA_BYTES))).isEqualTo(Errors.NONE);
        assertThat(limits.join(join(1, GroupLimits.MAX_MEMBER_METADATA_BYTES + 1)))
                .isEqualTo(Errors.INCONSISTENT_GROUP_PROTOCOL);
    }

    @Test
    void boundsSubscriptions() {
        assertThat(limits.heartbeat(
                        beat().setSubscribedTopicNames(Collections.nCopies(GroupLimits.MAX_SUBSCRIBED_TOPICS, "t"))))
                .isEqualTo(Errors.NONE);
        assertThat(limits.heartbeat(beat().setSubscribedTopicNames(
                                Collections.nCopies(GroupLimits.MAX_SUBSCRIBED_TOPICS + 1, "t"))))
                .isEqualTo(Errors.INVALID_REQUEST);
        assertThat(limits.heartbeat(beat().setSubscribedTopicRegex("a".repeat(GroupLimits.MAX_REGEX_LENGTH))))
                .isEqualTo(Errors.NONE);
        assertThat(limits.heartbeat(beat().setSubscribedTopicRegex("a".repeat(GroupLimits.MAX_REGEX_LENGTH + 1))))
                .isEqualTo(Errors.INVALID_REQUEST);
    }

    @Test
    void boundsMembersAndCutsRebalanceTimeouts() {
        assertThat(limits.members(CONFIG.maxGroupSize())).isEqualTo(Errors.NONE);
        assertThat(limits.members(CONFIG.maxGroupSize() + 1)).isEqualTo(Errors.INVALID_REQUEST);
        assertThat(limits.rebalanceTimeoutMs(Integer.MAX_VALUE))
                .isEqualTo((int) CONFIG.maxRebalanceTimeout().toMillis());
        assertThat(limits.rebalanceTimeoutMs(-1)).isEqualTo(-1);
    }

    @Test
    void refusesAConfigurationThatMakesNoSense() {
        assertThatThrownBy(() -> heartbeatEvery(ConsumerGroupsConfig.SESSION_TIMEOUT))
                .hasMessageContaining("group-heartbeat-interval");
        assertThat(heartbeatEvery(Duration.ofSeconds(1)).heartbeatInterval()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void refusesSessionTimeoutsAndMetadataBeyondTheBounds() {
        try (GroupClient client = new GroupClient().started()) {
            client.metadata.create("orders", 1);
            client.groups.reload("g");
            assertThat(sessionTimeout(client, CONFIG.minSessionTimeout().minusMillis(1)))
                    .isEqualTo(Errors.INVALID_SESSION_TIMEOUT);
            assertThat(sessionTimeout(client, CONFIG.maxSessionTimeout().plusMillis(1)))
                    .isEqualTo(Errors.INVALID_SESSION_TIMEOUT);
            assertThat(metadata(client, CONFIG.maxMetadataBytes())).isEqualTo(Errors.NONE);
            assertThat(metadata(client, CONFIG.maxMetadataBytes() + 1)).isEqualTo(Errors.OFFSET_METADATA_TOO_LARGE);
        }
    }

    @Test
    void aGroupsSettingsAreCheckedAndOnlyThoseActedUponAreOffered() {
        try (GroupClient client = new GroupClient()) {
            assertThat(client.groups.settings())
                    .allSatisfy(setting -> assertThat(setting.name()).startsWith("consumer."))
                    .anySatisfy(setting -> assertThat(setting.name()).isEqualTo("consumer.session.timeout.ms"));
            assertThat(client.groups.refusal(Map.of("consumer.session.timeout.ms", "50000")))
                    .isEmpty();
            assertThat(client.groups.refusal(Map.of("consumer.session.timeout.ms", "10")))
                    .isPresent();
            assertThat(client.groups.refusal(Map.of("consumer.heartbeat.interval.ms", "999")))
                    .isPresent();
            assertThat(client.groups.refusal(Map.of("share.session.timeout.ms", "50000")))
                    .get()
                    .asString()
                    .contains("consumer.session.timeout.ms");
        }
    }

    private static Errors sessionTimeout(GroupClient client, Duration timeout) {
        JoinGroupRequestData request = join(1, 10).setSessionTimeoutMs((int) timeout.toMillis());
        request.setRebalanceTimeoutMs(1_000).setProtocolType("consumer").setMemberId("");
        return client.askUntilLoaded(
                ApiKeys.JOIN_GROUP, request, JoinGroupResponseData.class, answer -> Errors.forCode(answer.errorCode()));
    }

    private static Errors metadata(GroupClient client, int bytes) {
        return client.askUntilLoaded(
                ApiKeys.OFFSET_COMMIT,
                new OffsetCommitRequestData()
                        .setGroupId("g")
                        .setTopics(List.of(new OffsetCommitRequestData.OffsetCommitRequestTopic()
                                .setTopicId(GroupClient.id(client.metadata
                                        .image()
                                        .topic(TenantId.DEFAULT, "orders")
                                        .orElseThrow()))
                                .setPartitions(List.of(new OffsetCommitRequestData.OffsetCommitRequestPartition()
                                        .setCommittedOffset(1)
                                        .setCommittedMetadata("m".repeat(bytes)))))),
                OffsetCommitResponseData.class,
                answer -> Errors.forCode(
                        answer.topics().getFirst().partitions().getFirst().errorCode()));
    }

    private static JoinGroupRequestData join(int protocols, int bytes) {
        JoinGroupRequestProtocolCollection all = new JoinGroupRequestProtocolCollection();
        for (int each = 0; each < protocols; each++) {
            all.add(new JoinGroupRequestProtocol().setName("p" + each).setMetadata(new byte[bytes]));
        }
        return new JoinGroupRequestData().setGroupId("g").setProtocols(all);
    }

    private static ConsumerGroupHeartbeatRequestData beat() {
        return new ConsumerGroupHeartbeatRequestData().setGroupId("g");
    }

    private static ConsumerGroupsConfig heartbeatEvery(Duration interval) {
        return new ConsumerGroupsConfig(
                CONFIG.initialRebalanceDelay(),
                CONFIG.minSessionTimeout(),
                CONFIG.maxSessionTimeout(),
                interval,
                CONFIG.maxRebalanceTimeout(),
                CONFIG.maxGroupSize(),
                CONFIG.maxGroupIdLength(),
                CONFIG.maxProtocols(),
                CONFIG.maxMetadataBytes(),
                CONFIG.offsetsRetention(),
                CONFIG.offsetsRetentionCheck(),
                CONFIG.commitTimeout(),
                CONFIG.maxInFlightBytes(),
                CONFIG.maxBackOff(),
                CONFIG.threads(),
                CONFIG.maxLagSeries());
    }
}
