package io.weir.metadata.image;

import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.ConfigResource;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.Topic;
import io.weir.metadata.record.Bounds;
import io.weir.metadata.record.MetadataRecord;
import io.weir.metadata.record.SchemaRecord;
import io.weir.metadata.record.TableRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pcollections.TreePMap;

/**
 * The whole metadata at one version. {@link #evolve} is the only way from one to the next, and is total: a record that
 * says nothing new changes nothing but the version.
 *
 * <p>Threading: immutable.
 *
 * @param identity what was fixed when the cluster was created
 * @param nextStream stream ids below this one were given out
 * @param nextProducer producer ids below this one were given out
 * @param resources settings of groups, by tenant and group name
 * @param configured how many resources have settings
 */
public record ClusterImage(
        long version,
        Identity identity,
        TopicTable topicTable,
        long nextStream,
        long nextProducer,
        TreePMap<Integer, RegisteredNode> nodeTable,
        TreePMap<Integer, CellOwnership> cells,
        TreePMap<String, TreePMap<String, Map<String, String>>> resources,
        int configured,
        SchemaTable schemas,
        Catalogs tables)
        implements MetadataImage {
    /** Before anything was decided: no cluster. */
    public static final ClusterImage EMPTY = new ClusterImage(
            0,
            new Identity("", 0, new Bounds(1, 1, 1)),
            TopicTable.EMPTY,
            1,
            1,
            TreePMap.empty(),
            TreePMap.empty(),
            TreePMap.empty(),
            0,
            SchemaTable.EMPTY,
            Catalogs.EMPTY);

    /**
     * What was fixed when the cluster was created.
     *
     * @param clusterId empty when there is no cluster yet
     */
    public record Identity(String clusterId, int shardCount, Bounds bounds) {}

    /** The image after one more fact. */
    public ClusterImage evolve(MetadataRecord fact) {
        return switch (fact) {
            case MetadataRecord.ClusterCreated created ->
                with(new Identity(created.clusterId(), created.shardCount(), created.bounds()));
            case MetadataRecord.TopicWritten written -> with(topicTable.with(written.topic()), tables);
            case MetadataRecord.TopicDeleted deleted ->
                with(topicTable.without(deleted.topic()), tables.withoutFeed(deleted.topic()));
            case MetadataRecord.StreamIdsReserved reserved ->
                withNextIds(Math.max(nextStream, reserved.next()), nextProducer);
            case MetadataRecord.ProducerIdsReserved reserved ->
                withNextIds(nextStream, Math.max(nextProducer, reserved.next()));
            case MetadataRecord.ResourceConfigured settings -> with(settings);
            case MetadataRecord.NodeRegistered registered ->
                withNodes(
                        nodeTable.plus(
                                registered.node().id().value(),
                                new RegisteredNode(registered.node(), registered.registration())),
                        cells);
            case MetadataRecord.NodeRemoved removed ->
                withNodes(nodeTable.minus(removed.node().value()), withoutOwner(removed.node()));
            case MetadataRecord.CellOwned owned ->
                withNodes(nodeTable, cells.plus(owned.cell().value(), new CellOwnership(owned.owner(), owned.epoch())));
            case MetadataRecord.Tables(TableRecord of) -> with(topicTable, tables.evolve(of));
            case MetadataRecord.Schemas(SchemaRecord of) -> with(schemas.evolve(of));
        };
    }

    /** As read from a snapshot that was taken at this version. */
    public ClusterImage atVersion(long snapshotVersion) {
        return new ClusterImage(
                snapshotVersion,
                identity,
                topicTable,
                nextStream,
                nextProducer,
                nodeTable,
                cells,
                resources,
                configured,
                schemas,
                tables);
    }

    /** Whether the cluster was created. */
    public boolean exists() {
        return !identity.clusterId().isEmpty();
    }

    @Override
    public String clusterId() {
        return identity.clusterId();
    }

    @Override
    public int shardCount() {
        return identity.shardCount();
    }

    @Override
    public Collection<ClusterNode> nodes() {
        return nodeTable.values().stream().map(RegisteredNode::node).toList();
    }

    public Optional<RegisteredNode> node(NodeId id) {
        return Optional.ofNullable(nodeTable.get(id.value()));
    }

    @Override
    public Optional<Topic> topic(TenantId tenant, String name) {
        return topicTable.byName(tenant, name);
    }

    @Override
    public Optional<Topic> topic(TopicId id) {
        return topicTable.byId(id);
    }

    @Override
    public Optional<Topic> topicOf(StreamId stream) {
        return topicTable.byStream(stream);
    }

    @Override
    public Collection<Topic> topics(TenantId tenant) {
        return topicTable.ofTenant(tenant);
    }

    @Override
    public Collection<Topic> topics() {
        return topicTable.all();
    }

    public CellOwnership cell(CellId cell) {
        CellOwnership ownership = cells.get(cell.value());
        return ownership == null ? CellOwnership.NONE : ownership;
    }

    @Override
    public Optional<NodeId> cellOwner(CellId cell) {
        return Optional.ofNullable(cell(cell).owner());
    }

    @Override
    public Map<String, String> config(ConfigResource resource) {
        return switch (resource) {
            case ConfigResource.Group group -> {
                Map<String, String> settings = groups(group.tenant().name()).get(group.name());
                yield settings == null ? Map.of() : settings;
            }
        };
    }

    @Override
    public Collection<ConfigResource> configured(TenantId tenant) {
        List<ConfigResource> found = new ArrayList<>();
        for (String group : groups(tenant.name()).keySet()) {
            found.add(new ConfigResource.Group(tenant, group));
        }
        return List.copyOf(found);
    }

    private TreePMap<String, Map<String, String>> groups(String tenant) {
        TreePMap<String, Map<String, String>> groups = resources.get(tenant);
        return groups == null ? TreePMap.<String, Map<String, String>>empty() : groups;
    }

    private TreePMap<Integer, CellOwnership> withoutOwner(NodeId node) {
        TreePMap<Integer, CellOwnership> left = cells;
        for (Map.Entry<Integer, CellOwnership> cell : cells.entrySet()) {
            if (node.equals(cell.getValue().owner())) {
                left = left.plus(
                        cell.getKey(), new CellOwnership(null, cell.getValue().epoch()));
            }
        }
        return left;
    }

    private ClusterImage with(Identity created) {
        return new ClusterImage(
                version + 1,
                created,
                topicTable,
                nextStream,
                nextProducer,
                nodeTable,
                cells,
                resources,
                configured,
                schemas,
                tables);
    }

    private ClusterImage with(TopicTable topics, Catalogs catalogs) {
        return new ClusterImage(
                version + 1,
                identity,
                topics,
                nextStream,
                nextProducer,
                nodeTable,
                cells,
                resources,
                configured,
                schemas,
                catalogs);
    }

    private ClusterImage with(SchemaTable table) {
        return new ClusterImage(
                version + 1,
                identity,
                topicTable,
                nextStream,
                nextProducer,
                nodeTable,
                cells,
                resources,
                configured,
                table,
                tables);
    }

    private ClusterImage withNextIds(long stream, long producer) {
        return new ClusterImage(
                version + 1,
                identity,
                topicTable,
                stream,
                producer,
                nodeTable,
                cells,
                resources,
                configured,
                schemas,
                tables);
    }

    private ClusterImage withNodes(TreePMap<Integer, RegisteredNode> nodes, TreePMap<Integer, CellOwnership> owners) {
        return new ClusterImage(
                version + 1,
                identity,
                topicTable,
                nextStream,
                nextProducer,
                nodes,
                owners,
                resources,
                configured,
                schemas,
                tables);
    }

    private ClusterImage with(MetadataRecord.ResourceConfigured settings) {
        ConfigResource.Group group = switch (settings.resource()) {
            case ConfigResource.Group named -> named;
        };
        String tenant = group.tenant().name();
        TreePMap<String, Map<String, String>> before = groups(tenant);
        TreePMap<String, Map<String, String>> after = settings.settings().isEmpty()
                ? before.minus(group.name())
                : before.plus(group.name(), settings.settings());
        return new ClusterImage(
                version + 1,
                identity,
                topicTable,
                nextStream,
                nextProducer,
                nodeTable,
                cells,
                after.isEmpty() ? resources.minus(tenant) : resources.plus(tenant, after),
                configured + after.size() - before.size(),
                schemas,
                tables);
    }
}
