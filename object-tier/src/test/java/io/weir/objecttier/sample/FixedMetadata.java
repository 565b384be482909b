package io.weir.objecttier.sample;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.ConfigResource;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.PartitionBlock;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.metadata.TopicConfig;
import io.weir.contracts.schema.SchemaImage;
import io.weir.contracts.table.TableImage;
import io.weir.testsupport.metadata.MemoryMetadata;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Topics that a test sets by hand, one of a given number of streams. */
public final class FixedMetadata implements MetadataSource, MetadataImage {
    private List<Topic> topics = List.of();
    private TableImage tables = new FixedTables(Map.of());
    private long version;

    /** The only topics from now on, one per configuration, each with so many streams, beginning with stream 0. */
    public void topics(ShardId shard, int streamsEach, List<Map<String, String>> configs) {
        List<Topic> next = new java.util.ArrayList<>();
        for (int i = 0; i < configs.size(); i++) {
            TopicConfig config = ((TopicConfig.Parsed.Ok) TopicConfig.parse(configs.get(i))).config();
            next.add(new Topic(
                    new TopicId(new UUID(1, i)),
                    TenantId.DEFAULT,
                    "topic-" + i,
                    List.of(new PartitionBlock(
                            0, streamsEach, new StreamId((long) i * streamsEach), shard, new Epoch(0))),
                    configs.get(i),
                    config));
        }
        topics = List.copyOf(next);
        version++;
    }

    /** The topic's table has what lies below, from now on. */
    public void watermark(int topic, Map<StreamId, Long> watermark) {
        tables = new FixedTables(Map.of(topics.get(topic).id(), watermark));
        version++;
    }

    @Override
    public MetadataImage image() {
        return this;
    }

    @Override
    public Duration age() {
        return Duration.ZERO;
    }

    @Override
    public Subscription subscribe(Listener listener) {
        listener.onImage(this, Set.of(), Set.of());
        return () -> {};
    }

    @Override
    public long version() {
        return version;
    }

    @Override
    public String clusterId() {
        return "fixed";
    }

    @Override
    public int shardCount() {
        return 1;
    }

    @Override
    public Collection<ClusterNode> nodes() {
        return List.of();
    }

    @Override
    public List<Peer> foundersOf(ShardId shard) {
        return List.of();
    }

    @Override
    public Set<NodeId> drained() {
        return Set.of();
    }

    @Override
    public Optional<Topic> topic(TenantId tenant, String name) {
        return topics.stream().filter(topic -> topic.name().equals(name)).findFirst();
    }

    @Override
    public Optional<Topic> topic(TopicId id) {
        return topics.stream().filter(topic -> topic.id().equals(id)).findFirst();
    }

    @Override
    public Optional<Topic> topicOf(StreamId stream) {
        return topics.stream()
                .filter(topic -> {
                    long delta = stream.value()
                            - topic.blocks().getFirst().firstStream().value();
                    return delta >= 0 && delta < topic.partitions();
                })
                .findFirst();
    }

    @Override
    public Collection<Topic> topics(TenantId tenant) {
        return topics;
    }

    @Override
    public Collection<Topic> topics() {
        return topics;
    }

    @Override
    public Optional<NodeId> cellOwner(CellId cell) {
        return Optional.empty();
    }

    @Override
    public Map<String, String> config(ConfigResource resource) {
        return Map.of();
    }

    @Override
    public Collection<ConfigResource> configured(TenantId tenant) {
        return List.of();
    }

    @Override
    public SchemaImage schemas() {
        return new MemoryMetadata().image().schemas();
    }

    @Override
    public TableImage tables() {
        return tables;
    }
}
