package io.weir.metadata.image;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;

/**
 * Who feeds a topic's table.
 *
 * @param epoch the last one given out
 */
public record FeedOwnership(NodeId owner, Epoch epoch) {}
