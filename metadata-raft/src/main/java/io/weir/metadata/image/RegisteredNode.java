package io.weir.metadata.image;

import io.weir.contracts.metadata.ClusterNode;

/**
 * A node that holds a lease.
 *
 * @param registration distinguishes this lease from earlier ones of the node
 */
public record RegisteredNode(ClusterNode node, long registration) {}
