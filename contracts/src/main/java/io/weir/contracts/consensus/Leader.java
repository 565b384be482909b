package io.weir.contracts.consensus;

import io.weir.contracts.identity.NodeId;

/** Who leads a group, in which term. */
public record Leader(NodeId node, long term) {}
