package io.weir.testsupport.history;

/**
 * When an operation ran, on the one monotonic clock of its history, and how it ended.
 *
 * @param invokedNanos read before the client was called
 * @param completedNanos read after it had answered
 */
public record Span(long invokedNanos, long completedNanos, Outcome outcome) {
    /** Refuses an end before the beginning. */
    public Span {
        if (completedNanos < invokedNanos) {
            throw new IllegalArgumentException("Ended at " + completedNanos + ", before " + invokedNanos);
        }
    }

    boolean isOk() {
        return outcome == Outcome.OK;
    }

    /** The latest time at which it took effect, if it did. */
    long effectBy() {
        return isOk() ? completedNanos : Long.MAX_VALUE;
    }
}
