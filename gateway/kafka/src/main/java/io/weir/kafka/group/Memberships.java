package io.weir.kafka.group;

import io.weir.kafka.group.coordinator.KafkaGroupCoordinator;
import io.weir.kafka.protocol.KafkaRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatRequest;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatResponse;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.JoinGroupRequest;
import org.apache.kafka.common.requests.JoinGroupResponse;
import org.apache.kafka.common.requests.LeaveGroupRequest;
import org.apache.kafka.common.requests.LeaveGroupResponse;
import org.apache.kafka.common.requests.SyncGroupRequest;
import org.apache.kafka.common.requests.SyncGroupResponse;
import org.jspecify.annotations.Nullable;

/** Joining, staying in and leaving groups, classic and KIP-848. Threading: any thread; never blocks. */
final class Memberships {
    private final KafkaGroupCoordinator coordinator;
    private final GroupLimits limits;

    Memberships(KafkaGroupCoordinator coordinator, GroupLimits limits) {
        this.coordinator = coordinator;
        this.limits = limits;
    }

    CompletableFuture<? extends AbstractResponse> join(KafkaRequest request) {
        JoinGroupRequestData data = request.body(JoinGroupRequest.class).data();
        Errors refusal = limits.join(data);
        if (refusal != Errors.NONE) {
            return GroupHandler.refuse(request, refusal);
        }
        data.setRebalanceTimeoutMs(limits.rebalanceTimeoutMs(data.rebalanceTimeoutMs()));
        return coordinator
                .joinGroup(request.context(), data)
                .thenApply(response -> new JoinGroupResponse(response, request.version()));
    }

    CompletableFuture<? extends AbstractResponse> sync(KafkaRequest request) {
        SyncGroupRequest body = request.body(SyncGroupRequest.class);
        SyncGroupRequestData data = body.data();
        Errors refusal = first(
                limits.member(data.groupId(), nullables(data.memberId(), data.groupInstanceId())),
                limits.members(data.assignments().size()));
        if (refusal != Errors.NONE) {
            return GroupHandler.refuse(request, refusal);
        }
        // From version 5 on, protocol type and name are mandatory (KIP-559).
        if (!body.areMandatoryProtocolTypeAndNamePresent()) {
            return GroupHandler.refuse(request, Errors.INCONSISTENT_GROUP_PROTOCOL);
        }
        return coordinator.syncGroup(request.context(), data).thenApply(SyncGroupResponse::new);
    }

    CompletableFuture<? extends AbstractResponse> heartbeat(KafkaRequest request) {
        HeartbeatRequestData data = request.body(HeartbeatRequest.class).data();
        Errors refusal = limits.member(data.groupId(), nullables(data.memberId(), data.groupInstanceId()));
        return refusal == Errors.NONE
                ? coordinator.heartbeat(request.context(), data).thenApply(HeartbeatResponse::new)
                : GroupHandler.refuse(request, refusal);
    }

    CompletableFuture<? extends AbstractResponse> leave(KafkaRequest request) {
        // One member up to version 2, a list of them from then on.
        LeaveGroupRequestData data = request.body(LeaveGroupRequest.class).normalizedData();
        List<@Nullable String> ids = new ArrayList<>();
        for (MemberIdentity member : data.members()) {
            ids.add(member.memberId());
            ids.add(member.groupInstanceId());
        }
        Errors refusal = first(limits.members(data.members().size()), limits.member(data.groupId(), ids));
        return refusal == Errors.NONE
                ? coordinator
                        .leaveGroup(request.context(), data)
                        .thenApply(response -> new LeaveGroupResponse(response, request.version()))
                : GroupHandler.refuse(request, refusal);
    }

    CompletableFuture<? extends AbstractResponse> consumerGroupHeartbeat(KafkaRequest request) {
        ConsumerGroupHeartbeatRequestData data =
                request.body(ConsumerGroupHeartbeatRequest.class).data();
        Errors refusal = limits.heartbeat(data);
        if (refusal != Errors.NONE) {
            return GroupHandler.refuse(request, refusal);
        }
        data.setRebalanceTimeoutMs(limits.rebalanceTimeoutMs(data.rebalanceTimeoutMs()));
        return coordinator
                .consumerGroupHeartbeat(request.context(), data)
                .thenApply(ConsumerGroupHeartbeatResponse::new);
    }

    private static Errors first(Errors one, Errors other) {
        return one == Errors.NONE ? other : one;
    }

    private static List<@Nullable String> nullables(@Nullable String... ids) {
        return Arrays.asList(ids);
    }
}
