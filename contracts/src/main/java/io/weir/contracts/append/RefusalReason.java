package io.weir.contracts.append;

/** Why a shard refused a batch. */
public enum RefusalReason {
    /** The stream was deleted, or is not opened yet. */
    UNKNOWN_STREAM(true),
    /** The sequence does not follow the producer's last one. */
    OUT_OF_ORDER_SEQUENCE(false),
    /** A newer epoch of this producer has written. */
    PRODUCER_FENCED(false),
    /** The shard does not know this producer, and the batch is not its first. */
    UNKNOWN_PRODUCER(false),
    /** The batch can never be stored: see the message. */
    INVALID_BATCH(false),
    /** An entry before this one, of the same appender, was refused or lost; send again. */
    PREDECESSOR_FAILED(true),
    /** A bound on queued bytes or producers is reached. */
    OVERLOADED(true),
    /** The write-ahead log is at its limit, of disk or of memory, or the disk is full. */
    STORAGE_FULL(true),
    /** There is no leader, or it is not ready. */
    UNAVAILABLE(true);

    private final boolean retriable;

    RefusalReason(boolean retriable) {
        this.retriable = retriable;
    }

    public boolean retriable() {
        return retriable;
    }
}
