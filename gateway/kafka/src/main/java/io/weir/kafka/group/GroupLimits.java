package io.weir.kafka.group;

import io.weir.kafka.group.coordinator.ConsumerGroupsConfig;
import java.util.List;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Bounds on what clients say of groups and members, beyond those that the coordinator keeps itself (session timeouts,
 * group sizes, metadata of offsets). Threading: immutable.
 */
final class GroupLimits {
    /** Most topics a member may subscribe to by name. */
    static final int MAX_SUBSCRIBED_TOPICS = 10_000;

    /** Longest regular expression a member may subscribe with. */
    static final int MAX_REGEX_LENGTH = 1_024;

    /** Largest metadata of a classic member, all its protocols together; a whole group must fit into one append. */
    static final int MAX_MEMBER_METADATA_BYTES = 256 << 10;

    private final ConsumerGroupsConfig config;

    GroupLimits(ConsumerGroupsConfig config) {
        this.config = config;
    }

    Errors group(@Nullable String group) {
        return tooLong(group) ? Errors.INVALID_GROUP_ID : Errors.NONE;
    }

    /** @param ids of members, instances and racks */
    Errors member(@Nullable String group, List<@Nullable String> ids) {
        return tooLong(group)
                ? Errors.INVALID_GROUP_ID
                : ids.stream().anyMatch(this::tooLong) ? Errors.INVALID_REQUEST : Errors.NONE;
    }

    Errors join(JoinGroupRequestData request) {
        if (request.protocols().size() > config.maxProtocols()) {
            return Errors.INCONSISTENT_GROUP_PROTOCOL;
        }
        long metadata = 0;
        for (JoinGroupRequestData.JoinGroupRequestProtocol protocol : request.protocols()) {
            metadata += protocol.metadata().length;
            if (tooLong(protocol.name())) {
                return Errors.INCONSISTENT_GROUP_PROTOCOL;
            }
        }
        if (metadata > MAX_MEMBER_METADATA_BYTES || tooLong(request.protocolType())) {
            return Errors.INCONSISTENT_GROUP_PROTOCOL;
        }
        return member(request.groupId(), nullables(request.memberId(), request.groupInstanceId()));
    }

    Errors heartbeat(ConsumerGroupHeartbeatRequestData request) {
        List<String> names = request.subscribedTopicNames();
        String regex = request.subscribedTopicRegex();
        if ((names != null && names.size() > MAX_SUBSCRIBED_TOPICS)
                || (regex != null && regex.length() > MAX_REGEX_LENGTH)) {
            return Errors.INVALID_REQUEST;
        }
        return member(
                request.groupId(),
                nullables(request.memberId(), request.instanceId(), request.rackId(), request.serverAssignor()));
    }

    Errors members(int count) {
        return count > config.maxGroupSize() ? Errors.INVALID_REQUEST : Errors.NONE;
    }

    /** The asked-for rebalance timeout, cut to the longest there is; negative values mean that none was asked for. */
    int rebalanceTimeoutMs(int asked) {
        return (int) Math.min(asked, config.maxRebalanceTimeout().toMillis());
    }

    private boolean tooLong(@Nullable String id) {
        return id != null && id.length() > config.maxGroupIdLength();
    }

    private static List<@Nullable String> nullables(@Nullable String... ids) {
        return java.util.Arrays.asList(ids);
    }
}
