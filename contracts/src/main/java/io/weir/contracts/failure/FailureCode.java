package io.weir.contracts.failure;

/** Why a dependency failed. Each protocol has one exhaustive table from these to its own errors. */
public enum FailureCode {
    /** The shard or group has no leader here now; ask again, perhaps elsewhere. */
    NOT_LEADER(true),
    /** The outcome could not be learned in time: the work may or may not be done. */
    TIMED_OUT(true),
    /** A bound on memory, queue length or concurrency is reached. */
    OVERLOADED(true),
    /** The write-ahead log is at {@code wal-max-bytes}, or the disk is full. */
    STORAGE_FULL(true),
    /** Object storage cannot be reached, or answers with errors. */
    OBJECT_STORE_UNAVAILABLE(true),
    /** An object that was referred to is gone: refresh the index and try again. */
    OBJECT_MISSING(true),
    /** The metadata image is too old to answer from. */
    STALE_IMAGE(true),
    /** The process is draining or closed. */
    SHUTTING_DOWN(true),
    /** A lower epoch met a higher one: the caller is no longer the owner. */
    FENCED(false),
    /** Stored bytes fail their checksum, or have an unknown format version. */
    CORRUPT(false),
    /** A bug: the shard or connection that met it fails. */
    INTERNAL(false);

    private final boolean retriable;

    FailureCode(boolean retriable) {
        this.retriable = retriable;
    }

    public boolean retriable() {
        return retriable;
    }

    /** The metric label and log value: lower case with dashes. */
    public String label() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
