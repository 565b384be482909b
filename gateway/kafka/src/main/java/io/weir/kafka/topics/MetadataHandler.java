package io.weir.kafka.topics;

import io.weir.contracts.append.ShardLeaders;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.Topic;
import io.weir.kafka.protocol.ApiHandler;
import io.weir.kafka.protocol.KafkaRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.jspecify.annotations.Nullable;

/** Metadata: topics and gateways from the image. Topics are never created by asking for them. */
public final class MetadataHandler implements ApiHandler {
    private static final short TOPIC_IDS_SINCE = 12;

    private final MetadataSource metadata;
    private final Supplier<ClusterNode> self;
    private final ShardLeaders shards;

    public MetadataHandler(MetadataSource metadata, Supplier<ClusterNode> self, ShardLeaders shards) {
        this.metadata = metadata;
        this.self = self;
        this.shards = shards;
    }

    @Override
    public Set<ApiKeys> keys() {
        return Set.of(ApiKeys.METADATA);
    }

    @Override
    public CompletableFuture<AbstractResponse> handle(KafkaRequest request) {
        MetadataImage image = metadata.image();
        Gateways gateways = Gateways.of(image, self.get(), shards);
        MetadataResponseData answer = new MetadataResponseData()
                .setClusterId(image.clusterId())
                .setControllerId(gateways.controller().value());
        for (ClusterNode node : gateways.brokers()) {
            answer.brokers()
                    .add(new MetadataResponseBroker()
                            .setNodeId(node.id().value())
                            .setHost(node.kafkaHost())
                            .setPort(node.kafkaPort())
                            .setRack(node.zone().orElse(null)));
        }
        MetadataRequest body = request.body(MetadataRequest.class);
        if (body.isAllTopics()) {
            image.topics(request.tenant()).forEach(topic -> answer.topics().add(described(topic, gateways)));
        } else {
            for (MetadataRequestTopic wanted : body.data().topics()) {
                answer.topics().add(described(wanted, image, gateways, request));
            }
        }
        return CompletableFuture.completedFuture(new MetadataResponse(answer, request.version()));
    }

    private static MetadataResponseTopic described(
            MetadataRequestTopic wanted, MetadataImage image, Gateways gateways, KafkaRequest request) {
        @Nullable String name = wanted.name();
        if (name == null) {
            Topic topic = byId(image, request.tenant(), wanted.topicId());
            return topic == null || request.version() < TOPIC_IDS_SINCE
                    ? missing(
                            Errors.UNKNOWN_TOPIC_ID, request.version() < TOPIC_IDS_SINCE ? "" : null, wanted.topicId())
                    : described(topic, gateways);
        }
        if (!TopicNames.legal(name)) {
            return missing(Errors.INVALID_TOPIC_EXCEPTION, name, Uuid.ZERO_UUID);
        }
        return image.topic(request.tenant(), name)
                .map(topic -> described(topic, gateways))
                .orElseGet(() -> missing(Errors.UNKNOWN_TOPIC_OR_PARTITION, name, Uuid.ZERO_UUID));
    }

    private static @Nullable Topic byId(MetadataImage image, TenantId tenant, Uuid id) {
        return image.topic(Uuids.topicId(id))
                .filter(topic -> topic.tenant().equals(tenant))
                .orElse(null);
    }

    private static MetadataResponseTopic missing(Errors error, @Nullable String name, Uuid id) {
        return new MetadataResponseTopic()
                .setErrorCode(error.code())
                .setName(name)
                .setTopicId(id);
    }

    private static MetadataResponseTopic described(Topic topic, Gateways gateways) {
        List<MetadataResponsePartition> partitions = new ArrayList<>(topic.partitions());
        for (int i = 0; i < topic.partitions(); i++) {
            var location = topic.location(i).orElseThrow();
            List<Integer> replicas = gateways.replicas(location);
            partitions.add(new MetadataResponsePartition()
                    .setPartitionIndex(i)
                    .setLeaderId(replicas.getFirst())
                    .setLeaderEpoch(location.incarnation().value())
                    .setReplicaNodes(replicas)
                    .setIsrNodes(replicas)
                    .setOfflineReplicas(List.of()));
        }
        return new MetadataResponseTopic()
                .setName(topic.name())
                .setTopicId(Uuids.of(topic.id()))
                .setPartitions(partitions);
    }
}
