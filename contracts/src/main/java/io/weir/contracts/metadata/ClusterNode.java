package io.weir.contracts.metadata;

import io.weir.contracts.identity.NodeId;
import java.util.Optional;

/**
 * A gateway that clients may be sent to.
 *
 * @param kafkaHost as advertised
 * @param zone what fails together with it, and is near to it: a data centre, a rack; clients name theirs alike
 */
public record ClusterNode(NodeId id, String kafkaHost, int kafkaPort, Optional<String> zone) {
    /** In no zone. */
    public ClusterNode(NodeId id, String kafkaHost, int kafkaPort) {
        this(id, kafkaHost, kafkaPort, Optional.empty());
    }
}
