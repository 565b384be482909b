package io.weir.registry.registration;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for commands to the metadata, so long and no longer. */
public record Awaiting(Duration patience) {
    /** The result; a {@link ServiceException} when it failed or is not known in time. */
    public <T> T result(CompletableFuture<T> pending) {
        try {
            return pending.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException slow) {
            throw new ServiceException(FailureCode.TIMED_OUT, "No outcome within " + patience, slow);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ServiceException(FailureCode.SHUTTING_DOWN, "Interrupted", interrupted);
        } catch (ExecutionException failed) {
            throw ServiceException.of(failed);
        }
    }
}
