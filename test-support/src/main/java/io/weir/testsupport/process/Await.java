package io.weir.testsupport.process;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Bounded polling for what another process does, where no notification can reach the test. */
public final class Await {
    private static final Duration INTERVAL = Duration.ofMillis(20);

    private Await() {}

    /**
     * Returns once the condition holds.
     *
     * @throws AssertionError if it does not within the limit; says what was awaited and the last exception, if any
     */
    public static void until(String awaited, Duration limit, Callable<Boolean> condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        @Nullable Exception last = null;
        while (true) {
            try {
                if (condition.call()) {
                    return;
                }
            } catch (Exception failed) {
                last = failed;
            }
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("Not within " + limit.toMillis() + " ms: " + awaited, last);
            }
            LockSupport.parkNanos(INTERVAL.toNanos());
        }
    }
}
