package io.weir.wal.duty;

/** A cycle of work, one step at a time, always by one thread. */
@FunctionalInterface
public interface Duty {
    /** {@link #work}: there is nothing to do until somebody signals. */
    long UNTIL_SIGNALLED = Long.MAX_VALUE;

    /**
     * Does what can be done now.
     *
     * @param nowNanos monotonic
     * @return for how many nanoseconds there is nothing to do, unless somebody signals
     */
    long work(long nowNanos);
}
