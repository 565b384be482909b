package io.weir.metadata.record;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.ConfigResource;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.contracts.metadata.Topic;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One fact about the metadata. A later one about the same thing replaces it. */
public sealed interface MetadataRecord {
    /** The cluster exists. */
    record ClusterCreated(String clusterId, int shardCount, Bounds bounds) implements MetadataRecord {}

    /** The topic exists and is as given. */
    record TopicWritten(Topic topic) implements MetadataRecord {}

    /** The topic is gone. */
    record TopicDeleted(TopicId topic) implements MetadataRecord {}

    /** Stream ids below this one were given out. */
    record StreamIdsReserved(long next) implements MetadataRecord {}

    /** Producer ids below this one were given out. */
    record ProducerIdsReserved(long next) implements MetadataRecord {}

    /** The resource's settings are these, none when empty. */
    record ResourceConfigured(ConfigResource resource, Map<String, String> settings) implements MetadataRecord {
        public ResourceConfigured {
            settings = Map.copyOf(settings);
        }
    }

    /**
     * The node holds a lease.
     *
     * @param registration distinguishes this lease from earlier ones of the node; grows
     */
    record NodeRegistered(ClusterNode node, long registration) implements MetadataRecord {}

    /** The node holds no lease and owns no cell. */
    record NodeRemoved(NodeId node) implements MetadataRecord {}

    /**
     * The cell is at this epoch.
     *
     * @param owner null when nobody owns it
     */
    record CellOwned(CellId cell, @Nullable NodeId owner, Epoch epoch) implements MetadataRecord {}

    /** The node is to take part in the Raft groups, or no more. */
    record MemberPlanned(NodeId node, MemberPlan plan) implements MetadataRecord {}

    /** The node is to lead nothing and serve no clients, or may again. */
    record NodeDrained(NodeId node, boolean drained) implements MetadataRecord {}

    /** A fact about moves of streams. */
    record Moves(MoveRecord fact) implements MetadataRecord {}

    /** There are so many shards; the groups of those that are new begin with these peers. */
    record ShardsAdded(int total, List<Peer> founders) implements MetadataRecord {
        public ShardsAdded {
            founders = List.copyOf(founders);
        }
    }

    /** A fact about tables. */
    record Tables(TableRecord fact) implements MetadataRecord {}

    /** A fact about schemas. */
    record Schemas(SchemaRecord fact) implements MetadataRecord {}
}
