package io.weir.contracts.metadata;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;

/**
 * Consecutive partitions of a topic whose streams have consecutive ids and live on one shard: a topic of ten thousand
 * partitions is a handful of these.
 *
 * @param firstPartition index of the first partition
 * @param count how many partitions
 * @param firstStream stream of the first partition
 * @param incarnation counts the streams' moves between shards
 */
public record PartitionBlock(int firstPartition, int count, StreamId firstStream, ShardId shard, Epoch incarnation) {
    public PartitionBlock {
        if (firstPartition < 0 || count < 1) {
            throw new IllegalArgumentException(
                    "Illegal block of " + count + " partitions from partition " + firstPartition);
        }
    }

    /** Whether the next partition, with this stream at this place, can be part of this block. */
    boolean isFollowedBy(StreamId stream, ShardId at, Epoch its) {
        return shard.equals(at) && incarnation.equals(its) && firstStream.value() + count == stream.value();
    }

    public int endPartition() {
        return firstPartition + count;
    }
}
