package io.weir.metadata.image;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.ConfigResource;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.StreamMove;
import io.weir.contracts.metadata.Topic;
import io.weir.metadata.record.Bounds;
import io.weir.metadata.record.MetadataRecord;
import io.weir.metadata.record.MoveRecord;
import io.weir.metadata.record.SchemaRecord;
import io.weir.metadata.record.TableRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pcollections.HashTreePSet;
import org.pcollections.PSet;
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
 * @param moveTable moves of streams between shards that are not over, by id
 * @param members which nodes are to take part in the Raft groups, or no more, by number
 * @param drained the nodes that are to lead nothing and serve no clients
 * @param added shards that came later, by the number of the first of them
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
        Catalogs tables,
        TreePMap<Integer, MemberPlan> members,
        PSet<NodeId> drained,
        TreePMap<Long, StreamMove> moveTable,
        TreePMap<Integer, MetadataRecord.ShardsAdded> added)
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
            Catalogs.EMPTY,
            TreePMap.empty(),
            HashTreePSet.empty(),
            TreePMap.empty(),
            TreePMap.empty());

    /**
     * What was fixed when the cluster was created; the number of shards has grown since, perhaps.
     *
     * @param clusterId empty when there is no cluster yet
     */
    public record Identity(String clusterId, int shardCount, Bounds bounds) {}

    /** The image after one more fact. */
    public ClusterImage evolve(MetadataRecord fact) {
        Next next = new Next(this);
        switch (fact) {
            case MetadataRecord.ClusterCreated created ->
                next.identity = new Identity(created.clusterId(), created.shardCount(), created.bounds());
            case MetadataRecord.TopicWritten written -> next.topicTable = topicTable.with(written.topic());
            case MetadataRecord.TopicDeleted deleted -> {
                next.topicTable = topicTable.without(deleted.topic());
                next.tables = tables.withoutFeed(deleted.topic());
                next.moveTable = withoutMovesOf(deleted.topic());
            }
            case MetadataRecord.StreamIdsReserved reserved -> next.nextStream = Math.max(nextStream, reserved.next());
            case MetadataRecord.ProducerIdsReserved reserved ->
                next.nextProducer = Math.max(nextProducer, reserved.next());
            case MetadataRecord.ResourceConfigured settings -> configure(next, settings);
            case MetadataRecord.NodeRegistered registered ->
                next.nodeTable = nodeTable.plus(
                        registered.node().id().value(),
                        new RegisteredNode(registered.node(), registered.registration()));
            case MetadataRecord.NodeRemoved removed -> {
                next.nodeTable = nodeTable.minus(removed.node().value());
                next.cells = withoutOwner(removed.node());
            }
            case MetadataRecord.CellOwned owned ->
                next.cells = cells.plus(owned.cell().value(), new CellOwnership(owned.owner(), owned.epoch()));
            case MetadataRecord.MemberPlanned planned ->
                next.members = members.plus(planned.node().value(), planned.plan());
            case MetadataRecord.NodeDrained of ->
                next.drained = of.drained() ? drained.plus(of.node()) : drained.minus(of.node());
            case MetadataRecord.Moves(MoveRecord.MoveWritten(StreamMove move)) ->
                next.moveTable = moveTable.plus(move.id(), move);
            case MetadataRecord.Moves(MoveRecord.MoveEnded(long move)) -> next.moveTable = moveTable.minus(move);
            case MetadataRecord.ShardsAdded shards -> {
                if (shards.total() > shardCount()) {
                    next.identity = new Identity(clusterId(), shards.total(), identity.bounds());
                    next.added = added.plus(shardCount(), shards);
                }
            }
            case MetadataRecord.Tables(TableRecord of) -> next.tables = tables.evolve(of);
            case MetadataRecord.Schemas(SchemaRecord of) -> next.schemas = schemas.evolve(of);
        }
        return next.image();
    }

    /** As read from a snapshot that was taken at this version. */
    public ClusterImage atVersion(long snapshotVersion) {
        Next next = new Next(this);
        next.version = snapshotVersion;
        return next.image();
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

    /** As if the cluster had begun with all of its shards: for one whose groups begin anew. */
    public ClusterImage beginningAnew() {
        Next next = new Next(this);
        next.added = TreePMap.empty();
        return next.image();
    }

    /** How many the cluster was founded with. */
    public int shardsAtFirst() {
        return added.isEmpty() ? shardCount() : added.firstKey();
    }

    @Override
    public List<Peer> foundersOf(ShardId shard) {
        Map.Entry<Integer, MetadataRecord.ShardsAdded> last = added.floorEntry(shard.value());
        return last == null || shard.value() >= last.getValue().total()
                ? List.of()
                : last.getValue().founders();
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
    public List<StreamMove> moves() {
        return List.copyOf(moveTable.values());
    }

    private TreePMap<Long, StreamMove> withoutMovesOf(TopicId topic) {
        TreePMap<Long, StreamMove> left = moveTable;
        for (StreamMove move : moveTable.values()) {
            if (move.topic().equals(topic)) {
                left = left.minus(move.id());
            }
        }
        return left;
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

    private void configure(Next next, MetadataRecord.ResourceConfigured settings) {
        ConfigResource.Group group = switch (settings.resource()) {
            case ConfigResource.Group named -> named;
        };
        String tenant = group.tenant().name();
        TreePMap<String, Map<String, String>> before = groups(tenant);
        TreePMap<String, Map<String, String>> after = settings.settings().isEmpty()
                ? before.minus(group.name())
                : before.plus(group.name(), settings.settings());
        next.resources = after.isEmpty() ? resources.minus(tenant) : resources.plus(tenant, after);
        next.configured = configured + after.size() - before.size();
    }

    /** The next version while it is made: as the one before, but for what is set. */
    private static final class Next {
        private long version;
        private Identity identity;
        private TopicTable topicTable;
        private long nextStream;
        private long nextProducer;
        private TreePMap<Integer, RegisteredNode> nodeTable;
        private TreePMap<Integer, CellOwnership> cells;
        private TreePMap<String, TreePMap<String, Map<String, String>>> resources;
        private int configured;
        private SchemaTable schemas;
        private Catalogs tables;
        private TreePMap<Integer, MemberPlan> members;
        private PSet<NodeId> drained;
        private TreePMap<Long, StreamMove> moveTable;
        private TreePMap<Integer, MetadataRecord.ShardsAdded> added;

        Next(ClusterImage before) {
            version = before.version + 1;
            identity = before.identity;
            topicTable = before.topicTable;
            nextStream = before.nextStream;
            nextProducer = before.nextProducer;
            nodeTable = before.nodeTable;
            cells = before.cells;
            resources = before.resources;
            configured = before.configured;
            schemas = before.schemas;
            tables = before.tables;
            members = before.members;
            drained = before.drained;
            moveTable = before.moveTable;
            added = before.added;
        }

        ClusterImage image() {
            return new ClusterImage(
                    version,
                    identity,
                    topicTable,
                    nextStream,
                    nextProducer,
                    nodeTable,
                    cells,
                    resources,
                    configured,
                    schemas,
                    tables,
                    members,
                    drained,
                    moveTable,
                    added);
        }
    }
}
