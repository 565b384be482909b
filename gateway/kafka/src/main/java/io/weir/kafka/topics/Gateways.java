package io.weir.kafka.topics;

import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MetadataImage;
import java.util.Comparator;
import java.util.List;

/**
 * The gateways clients may go to, as brokers. Every gateway serves every stream; which one is called a stream's leader
 * only spreads the load.
 *
 * @param brokers in ascending order of id, never none
 */
record Gateways(List<ClusterNode> brokers) {
    static Gateways of(MetadataImage image, ClusterNode self) {
        if (image.nodes().isEmpty()) {
            return new Gateways(List.of(self));
        }
        return new Gateways(image.nodes().stream()
                .sorted(Comparator.comparingInt(node -> node.id().value()))
                .toList());
    }

    NodeId leader(StreamId stream) {
        return brokers.get((int) (stream.value() % brokers.size())).id();
    }

    NodeId controller() {
        return brokers.getFirst().id();
    }
}
