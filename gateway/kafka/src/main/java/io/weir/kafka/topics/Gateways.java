package io.weir.kafka.topics;

import io.weir.contracts.append.ShardLeaders;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MetadataImage;
import java.util.Comparator;
import java.util.List;

/**
 * The gateways clients may go to, as brokers. Every gateway serves every stream; the one that is called a stream's
 * leader has the shortest way, being the node that leads its shard. Where that node is no gateway, or nobody is known
 * to lead, the streams are spread.
 *
 * @param brokers in ascending order of id, never none
 * @param self who answers
 */
record Gateways(List<ClusterNode> brokers, ShardLeaders shards, NodeId self) {
    static Gateways of(MetadataImage image, ClusterNode self, ShardLeaders shards) {
        List<ClusterNode> brokers = image.nodes().isEmpty()
                ? List.of(self)
                : image.nodes().stream()
                        .sorted(Comparator.comparingInt(node -> node.id().value()))
                        .toList();
        return new Gateways(brokers, shards, self.id());
    }

    NodeId leader(StreamLocation location) {
        return shards.leaderOf(location.shard())
                .filter(this::has)
                .orElseGet(() -> brokers.get((int) (location.stream().value() % brokers.size()))
                        .id());
    }

    /** Any gateway will do: the one that answers is known to be alive. */
    NodeId controller() {
        return has(self) ? self : brokers.getFirst().id();
    }

    private boolean has(NodeId node) {
        return brokers.stream().anyMatch(broker -> broker.id().equals(node));
    }
}
