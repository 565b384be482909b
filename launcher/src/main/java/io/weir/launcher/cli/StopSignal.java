package io.weir.launcher.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lets a signal end a command in order: the process ends once this is closed, or some time later at the latest.
 *
 * <p>Threading: used and closed by the command's thread; the signal comes on another.
 */
final class StopSignal implements AutoCloseable {
    private static final Duration END_AT_MOST = Duration.ofSeconds(2);

    private final CountDownLatch closed = new CountDownLatch(1);
    private @Nullable Thread hook;

    /** From now on a signal does this, and then waits for {@link #close}. */
    Thread onSignal(Runnable action) {
        Thread listening = new Thread(
                () -> {
                    action.run();
                    try {
                        // Not for the command's thread: it waits for this one when it ends the process.
                        var _ = closed.await(END_AT_MOST.toMillis(), TimeUnit.MILLISECONDS);
                    } catch (InterruptedException impatient) {
                        Thread.currentThread().interrupt();
                    }
                },
                "stop-command");
        Runtime.getRuntime().addShutdownHook(listening);
        hook = listening;
        return listening;
    }

    @Override
    public void close() {
        closed.countDown();
        if (hook != null) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException signalled) {
                // The hook runs already, and has just been let go.
            }
        }
    }
}
