package io.weir.kafka.fetch;

import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.StreamLocation;
import org.apache.kafka.common.protocol.Errors;

/** Where the partition is that a client names. */
sealed interface PartitionLookup {
    record At(StreamLocation location) implements PartitionLookup {}

    /** Another gateway is nearer to the client. */
    record Nearer(StreamLocation location, NodeId node) implements PartitionLookup {}

    record Missing(Errors error) implements PartitionLookup {}
}
