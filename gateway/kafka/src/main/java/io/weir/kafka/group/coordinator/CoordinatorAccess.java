package io.weir.kafka.group.coordinator;

import io.weir.contracts.identity.TopicId;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRuntime;
import org.apache.kafka.coordinator.group.GroupCoordinatorService;
import org.apache.kafka.coordinator.group.GroupCoordinatorShard;
import org.apache.kafka.coordinator.group.GroupCoordinatorShard.DeletedTopic;

/**
 * A way around one method: {@code GroupCoordinatorService.onMetadataUpdate} takes images of Kafka's own controller, an
 * object for each partition, and waits for every cell. The runtime behind it takes an interface and waits for nothing.
 */
final class CoordinatorAccess {
    private final CoordinatorRuntime<GroupCoordinatorShard, CoordinatorRecord> runtime;

    CoordinatorAccess(GroupCoordinatorService service) {
        this.runtime = runtimeOf(service);
    }

    @SuppressWarnings("unchecked")
    private static CoordinatorRuntime<GroupCoordinatorShard, CoordinatorRecord> runtimeOf(
            GroupCoordinatorService service) {
        try {
            Field field = GroupCoordinatorService.class.getDeclaredField("runtime");
            field.setAccessible(true);
            return (CoordinatorRuntime<GroupCoordinatorShard, CoordinatorRecord>) field.get(service);
        } catch (ReflectiveOperationException | ClassCastException changed) {
            throw new IllegalStateException(
                    "This version of Kafka's group coordinator keeps its runtime elsewhere: "
                            + GroupCoordinatorService.class.getPackage().getImplementationVersion(),
                    changed);
        }
    }

    void topicsChanged(TenantTopics.Delta delta, TenantTopics now) {
        runtime.onMetadataUpdate(delta, now);
    }

    /** Removes offsets of deleted topics in every cell that is loaded. */
    List<CompletableFuture<Void>> dropOffsets(Map<TopicId, String> deleted) {
        List<DeletedTopic> topics = deletedTopics(deleted);
        return runtime.scheduleWriteAllOperation("on-topics-deleted", shard -> shard.onTopicsDeleted(topics));
    }

    /** As {@link #dropOffsets(Map)}, in one cell. */
    CompletableFuture<Void> dropOffsets(int cell, Map<TopicId, String> deleted) {
        List<DeletedTopic> topics = deletedTopics(deleted);
        return runtime.scheduleWriteOperation(
                "on-topics-deleted",
                new TopicPartition(Topic.GROUP_METADATA_TOPIC_NAME, cell),
                shard -> shard.onTopicsDeleted(topics));
    }

    private static List<DeletedTopic> deletedTopics(Map<TopicId, String> deleted) {
        List<DeletedTopic> topics = new ArrayList<>(deleted.size());
        deleted.forEach((id, name) -> topics.add(new DeletedTopic(TenantTopics.uuid(id), name)));
        return topics;
    }
}
