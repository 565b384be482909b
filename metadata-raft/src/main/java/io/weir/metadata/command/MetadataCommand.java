package io.weir.metadata.command;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.ConfigResource;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.metadata.record.Bounds;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is proposed. Ids and times in it were drawn by the proposer; whether it is done is decided when it is applied.
 */
public sealed interface MetadataCommand {
    /** Creates the cluster; refused when there is one. */
    record CreateCluster(String clusterId, int shardCount, Bounds bounds) implements MetadataCommand {}

    record CreateTopic(TenantId tenant, String name, TopicId id, int partitions, Map<String, String> config)
            implements MetadataCommand {
        public CreateTopic {
            config = Map.copyOf(config);
        }
    }

    record DeleteTopic(TenantId tenant, TopicId topic) implements MetadataCommand {}

    record AddPartitions(TenantId tenant, String name, int total) implements MetadataCommand {}

    record ConfigureTopic(TenantId tenant, String name, SortedMap<String, @Nullable String> changes, boolean replace)
            implements MetadataCommand {
        public ConfigureTopic {
            changes = frozen(changes);
        }
    }

    record Configure(ConfigResource resource, SortedMap<String, @Nullable String> changes, boolean replace)
            implements MetadataCommand {
        public Configure {
            changes = frozen(changes);
        }
    }

    record AllocateProducerIds(int count) implements MetadataCommand {}

    record RegisterNode(ClusterNode node) implements MetadataCommand {}

    record UnregisterNode(NodeId node) implements MetadataCommand {}

    /** Ends a lease that was not renewed, unless the node has registered again since. */
    record ExpireNode(NodeId node, long registration) implements MetadataCommand {}

    record AcquireCell(CellId cell, NodeId owner) implements MetadataCommand {}

    record ResignCell(CellId cell, Epoch epoch) implements MetadataCommand {}

    /** Says whether a node is to take part in the Raft groups. */
    record PlanMember(NodeId node, MemberPlan plan) implements MetadataCommand {}

    /** Has a node lead nothing and serve no clients, or do so again. */
    record DrainNode(NodeId node, boolean drained) implements MetadataCommand {}

    /** Something about moves of streams. */
    record Moves(MoveCommand command) implements MetadataCommand {}

    /** Adds shards until there are so many, whose groups begin with some peers. */
    record AddShards(int total, List<Peer> founders) implements MetadataCommand {
        public AddShards {
            founders = List.copyOf(founders);
        }
    }

    /** Something about tables. */
    record Tables(TableCommand command) implements MetadataCommand {}

    /** Something about schemas. */
    record Schemas(SchemaCommand command) implements MetadataCommand {}

    private static SortedMap<String, @Nullable String> frozen(Map<String, @Nullable String> changes) {
        return Collections.unmodifiableSortedMap(new TreeMap<>(changes));
    }
}
