package io.weir.contracts.metadata;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.schema.SchemaImage;
import io.weir.contracts.table.TableImage;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the metadata group had decided at one version of its log.
 *
 * <p>Threading: immutable.
 */
public interface MetadataImage {
    /** Grows with every change. */
    long version();

    /** Drawn when the cluster was created; 22 characters of URL-safe base 64, as Kafka's. */
    String clusterId();

    int shardCount();

    /**
     * The peers that the group of a shard begins with that was added while the cluster served; empty for those that the
     * cluster was founded with.
     */
    List<Peer> foundersOf(ShardId shard);

    Collection<ClusterNode> nodes();

    /** The nodes that are to lead nothing, own no cell and get no clients, registered or not. */
    Set<NodeId> drained();

    /** The nodes that clients are sent to and cells are placed on: those that are not drained, but all when all are. */
    default Collection<ClusterNode> offered() {
        Set<NodeId> drained = drained();
        List<ClusterNode> offered =
                nodes().stream().filter(node -> !drained.contains(node.id())).toList();
        return offered.isEmpty() ? nodes() : offered;
    }

    Optional<Topic> topic(TenantId tenant, String name);

    Optional<Topic> topic(TopicId id);

    /** The topic whose partition this stream is. */
    Optional<Topic> topicOf(StreamId stream);

    /** In ascending order of name. */
    Collection<Topic> topics(TenantId tenant);

    /** Topics of every tenant, in no particular order. */
    Collection<Topic> topics();

    Optional<NodeId> cellOwner(CellId cell);

    /** Settings of a resource that differ from the defaults; empty when there are none. */
    Map<String, String> config(ConfigResource resource);

    /** Every resource of the tenant that has settings. */
    Collection<ConfigResource> configured(TenantId tenant);

    /** The moves that are not over, ascending by id; the first is being carried out, the others wait. */
    default List<StreamMove> moves() {
        return List.of();
    }

    SchemaImage schemas();

    /** The catalogs of all tenants. A change of them names no topic as changed. */
    TableImage tables();
}
