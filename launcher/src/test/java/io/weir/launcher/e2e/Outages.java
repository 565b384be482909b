package io.weir.launcher.e2e;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * How long something did not happen that should go on all the time.
 *
 * <p>Threading: any.
 */
final class Outages {
    private static final long LOOK_AGAIN_NANOS = 1_000_000;

    private final AtomicLong count = new AtomicLong();
    private volatile long lastNanos = System.nanoTime();
    private long longestNanos;

    synchronized void happened() {
        long now = System.nanoTime();
        longestNanos = Math.max(longestNanos, now - lastNanos);
        lastNanos = now;
        count.incrementAndGet();
    }

    /** Forgets how long it did not happen before. */
    synchronized void begin() {
        longestNanos = 0;
    }

    /** The longest time between two of them, the second of which came since {@link #begin}. */
    synchronized Duration longest() {
        return Duration.ofNanos(longestNanos);
    }

    long count() {
        return count.get();
    }

    /**
     * Waits until it has happened so often again.
     *
     * @return how long that took
     */
    Duration untilMore(int times, Duration atMost) {
        long begun = System.nanoTime();
        long wanted = count.get() + times;
        while (count.get() < wanted) {
            if (System.nanoTime() - begun > atMost.toNanos()) {
                throw new AssertionError("It has happened " + (count.get() - wanted + times) + " times in " + atMost
                        + ", not " + times + "; the last time "
                        + Duration.ofNanos(System.nanoTime() - lastNanos).toMillis() + " ms ago");
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
        return Duration.ofNanos(System.nanoTime() - begun);
    }
}
