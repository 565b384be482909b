package io.weir.testsupport.metadata;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.ConfigResource;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.PartitionBlock;
import io.weir.contracts.metadata.StreamMove;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.schema.SchemaImage;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;

/** One version of {@link MemoryMetadata}. Names are those of one tenant per key, as {@code tenant/name}. */
record MemoryImage(
        long version,
        NavigableMap<String, Topic> byName,
        Map<TopicId, Topic> byId,
        Map<NodeId, ClusterNode> nodesById,
        Map<CellId, NodeId> cells,
        Map<ConfigResource, Map<String, String>> settings,
        SchemaImage schemas,
        MemoryTableImage tables,
        Set<NodeId> drained,
        List<StreamMove> moves,
        int shardCount)
        implements MetadataImage {
    static final String CLUSTER_ID = "bWVtb3J5LWNsdXN0ZXItMQ";

    /** Of the same version, with other tables. */
    MemoryImage with(MemoryTableImage changed) {
        return new MemoryImage(
                version, byName, byId, nodesById, cells, settings, schemas, changed, drained, moves, shardCount);
    }

    MemoryImage with(List<StreamMove> changed) {
        return new MemoryImage(
                version + 1,
                byName,
                byId,
                nodesById,
                cells,
                settings,
                schemas,
                tables,
                drained,
                List.copyOf(changed),
                shardCount);
    }

    MemoryImage with(SchemaImage changed) {
        return new MemoryImage(
                version + 1, byName, byId, nodesById, cells, settings, changed, tables, drained, moves, shardCount);
    }

    MemoryImage withDrained(Set<NodeId> changed) {
        return new MemoryImage(
                version + 1, byName, byId, nodesById, cells, settings, schemas, tables, changed, moves, shardCount);
    }

    MemoryImage withShards(int total) {
        return new MemoryImage(
                version + 1, byName, byId, nodesById, cells, settings, schemas, tables, drained, moves, total);
    }

    static String key(TenantId tenant, String name) {
        return tenant.name() + "/" + name;
    }

    @Override
    public String clusterId() {
        return CLUSTER_ID;
    }

    @Override
    public List<Peer> foundersOf(ShardId shard) {
        return List.of();
    }

    @Override
    public Collection<ClusterNode> nodes() {
        return nodesById.values();
    }

    @Override
    public Optional<Topic> topic(TenantId tenant, String name) {
        return Optional.ofNullable(byName.get(key(tenant, name)));
    }

    @Override
    public Optional<Topic> topic(TopicId id) {
        return Optional.ofNullable(byId.get(id));
    }

    @Override
    public Optional<Topic> topicOf(StreamId stream) {
        return byName.values().stream()
                .filter(topic -> topic.blocks().stream().anyMatch(block -> contains(block, stream)))
                .findFirst();
    }

    private static boolean contains(PartitionBlock block, StreamId stream) {
        long first = block.firstStream().value();
        return stream.value() >= first && stream.value() < first + block.count();
    }

    @Override
    public Collection<Topic> topics(TenantId tenant) {
        return byName.subMap(key(tenant, ""), key(tenant, "\uffff")).values();
    }

    @Override
    public Collection<Topic> topics() {
        return byName.values();
    }

    @Override
    public Optional<NodeId> cellOwner(CellId cell) {
        return Optional.ofNullable(cells.get(cell));
    }

    @Override
    public Map<String, String> config(ConfigResource resource) {
        return settings.getOrDefault(resource, Map.of());
    }

    @Override
    public Collection<ConfigResource> configured(TenantId tenant) {
        return settings.keySet().stream()
                .filter(resource -> resource.tenant().equals(tenant))
                .toList();
    }
}
