package io.weir.kafka;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for something to become true, within a bound. */
final class Eventually {
    private static final Duration AT_MOST = Duration.ofMinutes(1);

    private Eventually() {}

    static void holds(Runnable assertion) {
        long deadline = System.nanoTime() + AT_MOST.toNanos();
        while (true) {
            try {
                assertion.run();
                return;
            } catch (AssertionError notYet) {
                if (System.nanoTime() > deadline) {
                    throw notYet;
                }
                LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
            }
        }
    }
}
