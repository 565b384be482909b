package io.weir.wal.entry;

import io.weir.contracts.identity.ShardId;

/**
 * Offsets of a stream that were written while it was at another shard, and are in that shard's segments (ADR 14).
 *
 * @param from the first offset
 * @param to the offset after the last one
 * @param flushedUpTo the other shard's log index up to which everything is in segments, these offsets among it: a
 *     replica that has not come so far cannot tell where they are
 */
public record Stay(ShardId shard, long from, long to, long flushedUpTo) {
    public Stay {
        if (from < 0 || to <= from || flushedUpTo < 0) {
            throw new IllegalArgumentException(
                    "Illegal stay of offsets " + from + ".." + to + " at " + shard + ", flushed up to " + flushedUpTo);
        }
    }
}
