package io.weir.kafka.group;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.Topic;
import io.weir.kafka.group.coordinator.KafkaGroupCoordinator;
import io.weir.kafka.protocol.KafkaRequest;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ConsumerGroupDescribeRequest;
import org.apache.kafka.common.requests.ConsumerGroupDescribeResponse;
import org.apache.kafka.common.requests.DeleteGroupsRequest;
import org.apache.kafka.common.requests.DeleteGroupsResponse;
import org.apache.kafka.common.requests.DescribeGroupsRequest;
import org.apache.kafka.common.requests.DescribeGroupsResponse;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.requests.OffsetDeleteRequest;
import org.apache.kafka.common.requests.OffsetDeleteResponse;
import org.apache.kafka.common.utils.Utils;

/** Listing, describing and deleting groups and their offsets. Threading: any thread; never blocks. */
final class GroupAdministration {
    /** From this version of DescribeGroups on, errors have messages. */
    private static final short DESCRIBE_WITH_MESSAGES = 6;

    /** What anybody may do to a group while there are no ACLs, as DescribeGroups encodes it. */
    private static final int EVERY_OPERATION = Utils.to32BitField(Set.of(
            AclOperation.READ.code(),
            AclOperation.DELETE.code(),
            AclOperation.DESCRIBE.code(),
            AclOperation.DESCRIBE_CONFIGS.code(),
            AclOperation.ALTER_CONFIGS.code()));

    private final KafkaGroupCoordinator coordinator;
    private final GroupLimits limits;
    private final MetadataSource metadata;
    private final TenantId tenant;

    GroupAdministration(
            KafkaGroupCoordinator coordinator, GroupLimits limits, MetadataSource metadata, TenantId tenant) {
        this.coordinator = coordinator;
        this.limits = limits;
        this.metadata = metadata;
        this.tenant = tenant;
    }

    /**
     * Groups of cells that are still being loaded would be missing: it waits for them, and fails retriably in the end.
     */
    CompletableFuture<? extends AbstractResponse> list(KafkaRequest request) {
        ListGroupsRequestData data = request.body(ListGroupsRequest.class).data();
        return coordinator
                .loaded()
                .thenCompose(loaded -> loaded
                        ? coordinator.listGroups(request.context(), data).thenApply(ListGroupsResponse::new)
                        : CompletableFuture.completedFuture(new ListGroupsResponse(new ListGroupsResponseData()
                                .setErrorCode(Errors.COORDINATOR_LOAD_IN_PROGRESS.code()))));
    }

    CompletableFuture<? extends AbstractResponse> describe(KafkaRequest request) {
        DescribeGroupsRequestData data =
                request.body(DescribeGroupsRequest.class).data();
        return coordinator.describeGroups(request.context(), data.groups()).thenApply(groups -> {
            for (DescribeGroupsResponseData.DescribedGroup group : groups) {
                if (request.version() < DESCRIBE_WITH_MESSAGES) {
                    group.setErrorMessage(null);
                }
                if (data.includeAuthorizedOperations()) {
                    group.setAuthorizedOperations(EVERY_OPERATION);
                }
            }
            return new DescribeGroupsResponse(new DescribeGroupsResponseData().setGroups(groups));
        });
    }

    CompletableFuture<? extends AbstractResponse> describeConsumerGroups(KafkaRequest request) {
        ConsumerGroupDescribeRequestData data =
                request.body(ConsumerGroupDescribeRequest.class).data();
        return coordinator
                .consumerGroupDescribe(request.context(), data.groupIds())
                .thenApply(groups -> {
                    if (data.includeAuthorizedOperations()) {
                        groups.forEach(group -> group.setAuthorizedOperations(EVERY_OPERATION));
                    }
                    return new ConsumerGroupDescribeResponse(new ConsumerGroupDescribeResponseData().setGroups(groups));
                });
    }

    CompletableFuture<? extends AbstractResponse> delete(KafkaRequest request) {
        return coordinator
                .deleteGroups(
                        request.context(),
                        request.body(DeleteGroupsRequest.class).data().groupsNames().stream()
                                .distinct()
                                .toList())
                .thenApply(results -> new DeleteGroupsResponse(new DeleteGroupsResponseData().setResults(results)));
    }

    CompletableFuture<? extends AbstractResponse> deleteOffsets(KafkaRequest request) {
        OffsetDeleteRequestData data = request.body(OffsetDeleteRequest.class).data();
        Errors refusal = limits.group(data.groupId());
        if (refusal != Errors.NONE) {
            return GroupHandler.refuse(request, refusal);
        }
        OffsetDeleteResponse.Builder answers = new OffsetDeleteResponse.Builder();
        OffsetDeleteRequestTopicCollection known = new OffsetDeleteRequestTopicCollection();
        MetadataImage image = metadata.image();
        for (OffsetDeleteRequestTopic topic : data.topics()) {
            Optional<Topic> found = image.topic(tenant, topic.name());
            OffsetDeleteRequestTopic existing = new OffsetDeleteRequestTopic().setName(topic.name());
            topic.partitions().forEach(partition -> {
                if (found.flatMap(exists -> exists.location(partition.partitionIndex()))
                        .isPresent()) {
                    existing.partitions().add(partition);
                } else {
                    answers.addPartition(topic.name(), partition.partitionIndex(), Errors.UNKNOWN_TOPIC_OR_PARTITION);
                }
            });
            if (!existing.partitions().isEmpty()) {
                known.add(existing);
            }
        }
        return coordinator
                .deleteOffsets(
                        request.context(),
                        new OffsetDeleteRequestData().setGroupId(data.groupId()).setTopics(known))
                .thenApply((OffsetDeleteResponseData deleted) ->
                        answers.merge(deleted).build());
    }
}
