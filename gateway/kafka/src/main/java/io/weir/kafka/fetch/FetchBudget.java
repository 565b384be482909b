package io.weir.kafka.fetch;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Memory for answers that are not written yet. When much of it is taken, answers get smaller, but never so small that
 * nobody gets on.
 *
 * <p>Threading: any thread.
 */
final class FetchBudget {
    static final int LEAST_BYTES = 64 << 10;

    private final long limitBytes;
    private final AtomicLong used = new AtomicLong();

    FetchBudget(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Takes up to so many bytes, and tells how many. */
    int take(int wantedBytes) {
        long half = (limitBytes - used.get()) / 2;
        int granted = (int) Math.min(wantedBytes, Math.max(half, LEAST_BYTES));
        used.addAndGet(granted);
        return granted;
    }

    /** Corrects what was taken. */
    void adjust(long bytes) {
        used.addAndGet(bytes);
    }

    long usedBytes() {
        return used.get();
    }
}
