package io.weir.registry.registration;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Runs what parses and compares schemas on a few threads of its own: a client's schema can be a second's work, which
 * must not take the threads that others are served on.
 */
final class Checks implements AutoCloseable {
    private final ThreadPoolExecutor threads;
    private final Duration patience;

    Checks(int concurrent, int waiting, Duration patience) {
        this.patience = patience;
        this.threads = new ThreadPoolExecutor(
                concurrent,
                concurrent,
                1,
                TimeUnit.MINUTES,
                new ArrayBlockingQueue<>(waiting),
                Thread.ofPlatform().daemon().name("schema-check-", 0).factory());
        threads.allowCoreThreadTimeOut(true);
    }

    /** Waits for the result; a {@link ServiceException} when there is too much to do, or it takes too long. */
    <T> T run(Supplier<T> check) {
        Future<T> running;
        try {
            running = threads.submit(check::get);
        } catch (RejectedExecutionException full) {
            throw new ServiceException(FailureCode.OVERLOADED, "Too many schemas are being checked", full);
        }
        try {
            return running.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException slow) {
            running.cancel(true);
            throw new ServiceException(FailureCode.TIMED_OUT, "Not checked within " + patience, slow);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ServiceException(FailureCode.SHUTTING_DOWN, "Interrupted", interrupted);
        } catch (ExecutionException failed) {
            throw ServiceException.of(failed);
        }
    }

    /** Checks that wait for a thread. */
    int waiting() {
        return threads.getQueue().size();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
