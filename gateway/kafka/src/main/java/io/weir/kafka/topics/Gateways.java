package io.weir.kafka.topics;

import io.weir.contracts.append.ShardLeaders;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MetadataImage;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The gateways clients may go to, as brokers. Every gateway serves every stream; the one that is called a stream's
 * leader has the shortest way, being the node that leads its shard. Where that node is no gateway, or nobody is known
 * to lead, the streams are spread.
 *
 * <p>A stream's replicas are called its leader and one gateway in each other zone, so that clients find one near them
 * (KIP-392) and assignors match racks (KIP-881).
 *
 * @param brokers in ascending order of id, never none
 * @param self who answers
 */
public record Gateways(List<ClusterNode> brokers, ShardLeaders shards, NodeId self) {
    /** Those that an image offers; the one that answers alone while none is registered. */
    public static Gateways of(MetadataImage image, ClusterNode self, ShardLeaders shards) {
        List<ClusterNode> brokers = image.nodes().isEmpty()
                ? List.of(self)
                : image.offered().stream()
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

    /** The leader first. */
    List<Integer> replicas(StreamLocation location) {
        NodeId leader = leader(location);
        Set<Integer> replicas = new LinkedHashSet<>();
        replicas.add(leader.value());
        brokers.stream()
                .flatMap(broker -> broker.zone().stream())
                .distinct()
                .filter(zone -> !isIn(leader, zone))
                .flatMap(zone -> in(zone, location).stream())
                .forEach(node -> replicas.add(node.value()));
        return List.copyOf(replicas);
    }

    /**
     * The gateway that a consumer of a zone reads a stream from, where that is not the one that answers.
     *
     * @param zone what the client calls its rack; empty when it names none
     */
    public Optional<NodeId> nearer(String zone, StreamLocation location) {
        return zone.isEmpty() || isIn(self, zone)
                ? Optional.empty()
                : isIn(leader(location), zone) ? Optional.of(leader(location)) : in(zone, location);
    }

    private boolean isIn(NodeId node, String zone) {
        return brokers.stream()
                .anyMatch(broker -> broker.id().equals(node) && broker.zone().equals(Optional.of(zone)));
    }

    /** Always the same one of a zone's, while these are the gateways. */
    private Optional<NodeId> in(String zone, StreamLocation location) {
        List<NodeId> near = brokers.stream()
                .filter(broker -> broker.zone().equals(Optional.of(zone)))
                .map(ClusterNode::id)
                .toList();
        return near.isEmpty()
                ? Optional.empty()
                : Optional.of(near.get((int) (location.stream().value() % near.size())));
    }

    /** Any gateway will do: the one that answers is known to be alive. */
    NodeId controller() {
        return has(self) ? self : brokers.getFirst().id();
    }

    private boolean has(NodeId node) {
        return brokers.stream().anyMatch(broker -> broker.id().equals(node));
    }
}
