package io.weir.contracts.identity;

/** One WAL shard: the Raft group that orders the appends of the streams placed on it. */
public record ShardId(int value) {
    public ShardId {
        if (value < 0) {
            throw new IllegalArgumentException("ShardId must not be negative: " + value);
        }
    }

    @Override
    public String toString() {
        return "shard-" + Long.toString(value);
    }
}
