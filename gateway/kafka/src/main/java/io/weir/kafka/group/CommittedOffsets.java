package io.weir.kafka.group;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.Topic;
import io.weir.kafka.group.coordinator.KafkaGroupCoordinator;
import io.weir.kafka.protocol.ErrorTable;
import io.weir.kafka.protocol.KafkaRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.OffsetCommitRequest;
import org.apache.kafka.common.requests.OffsetCommitResponse;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.jspecify.annotations.Nullable;

/**
 * OffsetCommit and OffsetFetch.
 *
 * <p>The coordinator knows topics by name and id. Clients name one or the other, by version; the other is filled in
 * from the image, so that an offset committed to a topic is never shown to a later one of the same name.
 *
 * <p>Threading: any thread; never blocks.
 */
final class CommittedOffsets {
    private final KafkaGroupCoordinator coordinator;
    private final GroupLimits limits;
    private final MetadataSource metadata;
    private final TenantId tenant;

    CommittedOffsets(KafkaGroupCoordinator coordinator, GroupLimits limits, MetadataSource metadata, TenantId tenant) {
        this.coordinator = coordinator;
        this.limits = limits;
        this.metadata = metadata;
        this.tenant = tenant;
    }

    CompletableFuture<? extends AbstractResponse> commit(KafkaRequest request) {
        OffsetCommitRequestData data = request.body(OffsetCommitRequest.class).data();
        Errors refusal = limits.group(data.groupId());
        if (refusal != Errors.NONE) {
            return GroupHandler.refuse(request, refusal);
        }
        boolean byId = OffsetCommitResponse.useTopicIds(request.version());
        MetadataImage image = metadata.image();
        OffsetCommitResponse.Builder answers = OffsetCommitResponse.newBuilder(byId);
        List<OffsetCommitRequestTopic> known = new ArrayList<>(data.topics().size());
        for (OffsetCommitRequestTopic topic : data.topics()) {
            Optional<Topic> found = find(image, byId, topic.topicId(), topic.name());
            if (found.isEmpty()) {
                answers.addPartitions(
                        topic.topicId(),
                        topic.name(),
                        topic.partitions(),
                        OffsetCommitRequestPartition::partitionIndex,
                        byId ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION);
                continue;
            }
            OffsetCommitRequestTopic existing = new OffsetCommitRequestTopic()
                    .setTopicId(uuid(found.get().id()))
                    .setName(found.get().name());
            for (OffsetCommitRequestPartition partition : topic.partitions()) {
                if (found.get().location(partition.partitionIndex()).isPresent()) {
                    existing.partitions().add(partition);
                } else {
                    answers.addPartition(
                            existing.topicId(),
                            existing.name(),
                            partition.partitionIndex(),
                            Errors.UNKNOWN_TOPIC_OR_PARTITION);
                }
            }
            if (!existing.partitions().isEmpty()) {
                known.add(existing);
            }
        }
        if (known.isEmpty()) {
            return CompletableFuture.completedFuture(answers.build());
        }
        return coordinator
                .commitOffsets(request.context(), data.duplicate().setTopics(known))
                .thenApply(committed -> answers.merge(committed).build());
    }

    CompletableFuture<? extends AbstractResponse> fetch(KafkaRequest request) {
        OffsetFetchRequest body = request.body(OffsetFetchRequest.class);
        List<CompletableFuture<OffsetFetchResponseGroup>> answers = new ArrayList<>();
        for (OffsetFetchRequestGroup group : body.groups()) {
            answers.add(fetch(request, group, body.requireStable())
                    .exceptionally(failure ->
                            OffsetFetchResponse.groupError(group, ErrorTable.forGroup(failure), request.version())));
        }
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(all -> {
                    List<OffsetFetchResponseGroup> groups = new ArrayList<>(answers.size());
                    answers.forEach(answer -> groups.add(answer.join()));
                    return new OffsetFetchResponse.Builder(groups).build(request.version());
                });
    }

    private CompletableFuture<OffsetFetchResponseGroup> fetch(
            KafkaRequest request, OffsetFetchRequestGroup group, boolean requireStable) {
        Errors refusal = limits.group(group.groupId());
        if (refusal != Errors.NONE) {
            return CompletableFuture.failedFuture(refusal.exception());
        }
        MetadataImage image = metadata.image();
        List<OffsetFetchResponseTopics> unknown = new ArrayList<>();
        OffsetFetchRequestGroup asked = group.topics() == null
                ? group
                : group.duplicate()
                        .setTopics(known(
                                image, OffsetFetchRequest.useTopicIds(request.version()), group.topics(), unknown));
        return coordinator.confirmed(
                group.groupId(),
                () -> (asked.topics() == null
                                ? readAll(request, asked, image, requireStable)
                                : read(request, asked, requireStable))
                        .exceptionally(failure -> new OffsetFetchResponseGroup()
                                .setGroupId(group.groupId())
                                .setErrorCode(ErrorTable.forGroup(failure).code())),
                (answer, stillOurs) -> {
                    refuse(Errors.forCode(answer.errorCode()), stillOurs);
                    List<OffsetFetchResponseTopics> topics = new ArrayList<>(answer.topics());
                    topics.addAll(unknown);
                    return answer.setTopics(topics);
                });
    }

    /** A former owner knows neither offsets nor members: what it says is as little to be believed when it refuses. */
    private static void refuse(Errors error, boolean stillOurs) {
        boolean retriable = error.exception() instanceof RetriableException;
        if (!stillOurs && !retriable) {
            throw Errors.NOT_COORDINATOR.exception();
        }
        if (error != Errors.NONE) {
            throw error.exception();
        }
    }

    private CompletableFuture<OffsetFetchResponseGroup> read(
            KafkaRequest request, OffsetFetchRequestGroup group, boolean requireStable) {
        return coordinator.fetchOffsets(request.context(), group, requireStable);
    }

    /**
     * Every offset of the group. The coordinator lists them by the topics' names alone; asked again with ids, it leaves
     * out those of deleted topics.
     */
    private CompletableFuture<OffsetFetchResponseGroup> readAll(
            KafkaRequest request, OffsetFetchRequestGroup group, MetadataImage image, boolean requireStable) {
        return read(request, group, requireStable).thenCompose(listed -> {
            if (listed.errorCode() != Errors.NONE.code() || listed.topics().isEmpty()) {
                return CompletableFuture.completedFuture(listed);
            }
            List<OffsetFetchRequestTopics> identified = new ArrayList<>();
            for (OffsetFetchResponseTopics topic : listed.topics()) {
                image.topic(tenant, topic.name())
                        .ifPresent(found -> identified.add(new OffsetFetchRequestTopics()
                                .setName(found.name())
                                .setTopicId(uuid(found.id()))
                                .setPartitionIndexes(topic.partitions().stream()
                                        .map(OffsetFetchResponsePartitions::partitionIndex)
                                        .toList())));
            }
            return read(request, group.duplicate().setTopics(identified), requireStable)
                    .thenApply(CommittedOffsets::onlyCommitted);
        });
    }

    private static OffsetFetchResponseGroup onlyCommitted(OffsetFetchResponseGroup answer) {
        List<OffsetFetchResponseTopics> topics = new ArrayList<>();
        for (OffsetFetchResponseTopics topic : answer.topics()) {
            List<OffsetFetchResponsePartitions> committed = topic.partitions().stream()
                    .filter(partition -> partition.committedOffset() != OffsetFetchResponse.INVALID_OFFSET
                            || partition.errorCode() != Errors.NONE.code())
                    .toList();
            if (!committed.isEmpty()) {
                topics.add(topic.setPartitions(committed));
            }
        }
        return answer.setTopics(topics);
    }

    /** The topics there are, by name and id; the others are answered for. */
    private List<OffsetFetchRequestTopics> known(
            MetadataImage image,
            boolean byId,
            List<OffsetFetchRequestTopics> asked,
            List<OffsetFetchResponseTopics> unknown) {
        List<OffsetFetchRequestTopics> known = new ArrayList<>(asked.size());
        for (OffsetFetchRequestTopics topic : asked) {
            Optional<Topic> found = find(image, byId, topic.topicId(), topic.name());
            if (found.isPresent()) {
                known.add(topic.duplicate()
                        .setTopicId(uuid(found.get().id()))
                        .setName(found.get().name()));
            } else {
                // By name, a topic that does not exist has no offset; by id, it is an error.
                unknown.add(none(topic, byId ? Errors.UNKNOWN_TOPIC_ID : Errors.NONE));
            }
        }
        return known;
    }

    private static OffsetFetchResponseTopics none(OffsetFetchRequestTopics topic, Errors error) {
        OffsetFetchResponseTopics answer =
                new OffsetFetchResponseTopics().setTopicId(topic.topicId()).setName(topic.name());
        for (int partition : topic.partitionIndexes()) {
            answer.partitions()
                    .add(new OffsetFetchResponsePartitions()
                            .setPartitionIndex(partition)
                            .setCommittedOffset(OffsetFetchResponse.INVALID_OFFSET)
                            .setMetadata(OffsetFetchResponse.NO_METADATA)
                            .setErrorCode(error.code()));
        }
        return answer;
    }

    private Optional<Topic> find(MetadataImage image, boolean byId, Uuid id, @Nullable String name) {
        return byId
                ? image.topic(new TopicId(new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits())))
                        .filter(topic -> topic.tenant().equals(tenant))
                : image.topic(tenant, name == null ? "" : name);
    }

    private static Uuid uuid(TopicId id) {
        return new Uuid(id.value().getMostSignificantBits(), id.value().getLeastSignificantBits());
    }
}
