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

    void happened() {
        lastNanos = System.nanoTime();
        count.incrementAndGet();
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
