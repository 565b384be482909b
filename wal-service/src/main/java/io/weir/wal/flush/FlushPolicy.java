package io.weir.wal.flush;

import java.time.Duration;

/**
 * When the tail is flushed. Nothing pending costs nothing; plenty is flushed at once; what lies between waits, the
 * longer the less it is, so that objects are big and few.
 *
 * @param flushBytes so many bytes wait: flush now
 * @param flushBatches so many batches wait: flush now
 * @param interval at least half as much as {@code flushBytes} has waited for so long
 * @param leftoverInterval anything has waited for so long
 */
public record FlushPolicy(long flushBytes, long flushBatches, Duration interval, Duration leftoverInterval) {
    public FlushPolicy {
        if (flushBytes < 1 || flushBatches < 1 || interval.isNegative() || leftoverInterval.compareTo(interval) < 0) {
            throw new IllegalArgumentException("Illegal flush policy: " + flushBytes + " bytes, " + flushBatches
                    + " batches, " + interval + ", leftovers " + leftoverInterval);
        }
    }

    boolean isFull(long bytes, long batches) {
        return bytes >= flushBytes || batches >= flushBatches;
    }

    /** How long what waits may still wait; 0 or less when it is due. */
    long nanosLeft(long bytes, long batches, long waitedNanos) {
        if (isFull(bytes, batches)) {
            return 0;
        }
        Duration limit = bytes * 2 >= flushBytes ? interval : leftoverInterval;
        return limit.toNanos() - waitedNanos;
    }
}
