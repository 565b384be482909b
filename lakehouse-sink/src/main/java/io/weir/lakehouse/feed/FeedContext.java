package io.weir.lakehouse.feed;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What every topic's feed shares. Threading: any thread.
 *
 * @param monotonicMs paces the feed; a clock that jumps would hold it up
 */
record FeedContext(
        FeedPorts ports,
        FeedConfig config,
        NodeId node,
        LongSupplier monotonicMs,
        Supplier<UUID> ids,
        WriterMemory memory,
        FeedMeters meters) {
    long nowMs() {
        return monotonicMs.getAsLong();
    }

    /** Waits for a port's answer. */
    <T> T await(CompletableFuture<T> answer) {
        try {
            return answer.get(config.timeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            throw ServiceException.of(failed);
        } catch (TimeoutException late) {
            throw new ServiceException(FailureCode.TIMED_OUT, "No answer within " + config.timeout(), late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ServiceException(FailureCode.SHUTTING_DOWN, "Interrupted", interrupted);
        }
    }
}
