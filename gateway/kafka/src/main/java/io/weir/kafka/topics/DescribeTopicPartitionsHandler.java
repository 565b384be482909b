package io.weir.kafka.topics;

import io.weir.contracts.append.ShardLeaders;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.Topic;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.KafkaRequest;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.Cursor;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponsePartition;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.DescribeTopicPartitionsRequest;
import org.apache.kafka.common.requests.DescribeTopicPartitionsResponse;

/** DescribeTopicPartitions (KIP-966): topics in order of name, a page at a time. */
public final class DescribeTopicPartitionsHandler implements ApiHandler {
    private static final int MAX_PARTITIONS = 2000;

    private final MetadataSource metadata;
    private final Supplier<ClusterNode> self;
    private final ShardLeaders shards;

    public DescribeTopicPartitionsHandler(MetadataSource metadata, Supplier<ClusterNode> self, ShardLeaders shards) {
        this.metadata = metadata;
        this.self = self;
        this.shards = shards;
    }

    @Override
    public Set<ApiKeys> keys() {
        return Set.of(ApiKeys.DESCRIBE_TOPIC_PARTITIONS);
    }

    @Override
    public CompletableFuture<AbstractResponse> handle(KafkaRequest request) {
        DescribeTopicPartitionsRequest body = request.body(DescribeTopicPartitionsRequest.class);
        DescribeTopicPartitionsRequestData data = body.data();
        String firstName = data.cursor() == null ? "" : data.cursor().topicName();
        int firstPartition = data.cursor() == null ? 0 : data.cursor().partitionIndex();
        if (firstPartition < 0) {
            return CompletableFuture.completedFuture(body.getErrorResponse(
                    0, Errors.INVALID_REQUEST.exception("Cursor at partition " + firstPartition)));
        }
        MetadataImage image = metadata.image();
        Gateways gateways = Gateways.of(image, self.get(), shards);
        Page page = new Page(Math.clamp(data.responsePartitionLimit(), 1, MAX_PARTITIONS));
        for (String name : names(request, image, data)) {
            if (name.compareTo(firstName) < 0) {
                continue;
            }
            int from = name.equals(firstName) ? firstPartition : 0;
            if (!page.add(name, image.topic(request.tenant(), name).orElse(null), from, gateways)) {
                break;
            }
        }
        return CompletableFuture.completedFuture(new DescribeTopicPartitionsResponse(page.data));
    }

    private static Collection<String> names(
            KafkaRequest request, MetadataImage image, DescribeTopicPartitionsRequestData data) {
        if (data.topics().isEmpty()) {
            return image.topics(request.tenant()).stream().map(Topic::name).toList();
        }
        TreeSet<String> names = new TreeSet<>();
        data.topics().forEach(topic -> names.add(topic.name()));
        return names;
    }

    /** One answer, until it is full. */
    private static final class Page {
        private final DescribeTopicPartitionsResponseData data = new DescribeTopicPartitionsResponseData();
        private int left;

        Page(int partitions) {
            left = partitions;
        }

        /** Returns false when there was no room for all of it. */
        boolean add(String name, @org.jspecify.annotations.Nullable Topic topic, int from, Gateways gateways) {
            if (left == 0) {
                data.setNextCursor(new Cursor().setTopicName(name).setPartitionIndex(from));
                return false;
            }
            DescribeTopicPartitionsResponseTopic described = new DescribeTopicPartitionsResponseTopic().setName(name);
            data.topics().add(described);
            if (topic == null) {
                Errors error =
                        TopicNames.legal(name) ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.INVALID_TOPIC_EXCEPTION;
                described.setErrorCode(error.code());
                return true;
            }
            described.setTopicId(Uuids.of(topic.id()));
            for (int i = from; i < topic.partitions(); i++) {
                if (left-- == 0) {
                    left = 0;
                    data.setNextCursor(new Cursor().setTopicName(name).setPartitionIndex(i));
                    return false;
                }
                described.partitions().add(partition(topic, i, gateways));
            }
            return true;
        }

        private static DescribeTopicPartitionsResponsePartition partition(Topic topic, int index, Gateways gateways) {
            var location = topic.location(index).orElseThrow();
            List<Integer> replicas = gateways.replicas(location);
            return new DescribeTopicPartitionsResponsePartition()
                    .setPartitionIndex(index)
                    .setLeaderId(replicas.getFirst())
                    .setLeaderEpoch(location.incarnation().value())
                    .setReplicaNodes(replicas)
                    .setIsrNodes(replicas)
                    .setEligibleLeaderReplicas(List.of())
                    .setLastKnownElr(List.of());
        }
    }
}
