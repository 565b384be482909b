package io.weir.gateway.read;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Memory for reads of segments, given out in the order of asking, so that they cannot crowd out producers and tail
 * readers.
 *
 * <p>Threading: any thread.
 */
final class CatchUpBudget {
    private final long limitBytes;
    private final int maxWaiting;
    private final Queue<Waiting> waiting = new ArrayDeque<>();
    private long free;
    /** One thread starts what is in line, in a loop: a read that ends at once would else start the next inside it. */
    private boolean starting;

    CatchUpBudget(long limitBytes, int maxWaiting) {
        this.limitBytes = limitBytes;
        this.maxWaiting = maxWaiting;
        this.free = limitBytes;
    }

    /** Runs the work as soon as there is room for its bytes, and takes them until its future is complete. */
    <T> CompletableFuture<T> within(long bytes, Supplier<CompletableFuture<T>> work) {
        long share = Math.min(bytes, limitBytes);
        synchronized (this) {
            if (free < share || !waiting.isEmpty()) {
                if (waiting.size() >= maxWaiting) {
                    return CompletableFuture.failedFuture(new ServiceException(
                            FailureCode.OVERLOADED, maxWaiting + " reads of segments are waiting already"));
                }
                CompletableFuture<Void> turn = new CompletableFuture<>();
                waiting.add(new Waiting(share, turn));
                return turn.thenCompose(mine -> run(share, work));
            }
            free -= share;
        }
        return run(share, work);
    }

    private <T> CompletableFuture<T> run(long share, Supplier<CompletableFuture<T>> work) {
        try {
            return work.get().whenComplete((done, failure) -> release(share));
        } catch (RuntimeException | Error failed) {
            release(share);
            throw failed;
        }
    }

    private void release(long share) {
        synchronized (this) {
            free += share;
            if (starting) {
                // A read that was started from the line has ended at once: whoever started it goes on with the next.
                return;
            }
            starting = true;
        }
        for (Waiting next = next(); next != null; next = next()) {
            next.turn().complete(null);
        }
    }

    private synchronized @Nullable Waiting next() {
        Waiting next = waiting.peek();
        if (next == null || next.bytes() > free) {
            starting = false;
            return null;
        }
        free -= next.bytes();
        return waiting.remove();
    }

    synchronized int waiting() {
        return waiting.size();
    }

    private record Waiting(long bytes, CompletableFuture<Void> turn) {}
}
