package io.weir.contracts.metadata;

import io.weir.contracts.identity.NodeId;

/**
 * A gateway that clients may be sent to.
 *
 * @param kafkaHost as advertised
 */
public record ClusterNode(NodeId id, String kafkaHost, int kafkaPort) {}
