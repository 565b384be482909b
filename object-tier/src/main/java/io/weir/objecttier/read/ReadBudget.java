package io.weir.objecttier.read;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How much may be read from the object store at a time on behalf of catch-up readers: so many reads, and so many bytes.
 * What comes too much waits in line, and what finds the line full is refused.
 *
 * <p>Threading: any thread.
 */
public final class ReadBudget {
    private final int maxReads;
    private final long maxBytes;
    private final int maxWaiting;
    private final Queue<Waiting> line = new ArrayDeque<>();
    private int reads;
    private long bytes;
    /** One thread starts what is in line, in a loop: a read that ends at once would else start the next inside it. */
    private boolean starting;

    /**
     * @param maxBytes a read bigger than this is made alone
     * @param maxWaiting how many reads may wait
     */
    public ReadBudget(int maxReads, long maxBytes, int maxWaiting) {
        this.maxReads = maxReads;
        this.maxBytes = maxBytes;
        this.maxWaiting = maxWaiting;
    }

    private record Waiting(long bytes, Runnable start) {}

    /** Starts the read as soon as the budget allows; fails with {@code OVERLOADED} when too many wait. */
    public <T> CompletableFuture<T> run(long size, Supplier<CompletableFuture<T>> read) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Runnable start = () -> start(size, read, result);
        synchronized (this) {
            if (!line.isEmpty() || !fits(size)) {
                if (line.size() >= maxWaiting) {
                    result.completeExceptionally(new ServiceException(
                            FailureCode.OVERLOADED, "Already " + maxWaiting + " reads wait for the object store"));
                } else {
                    line.add(new Waiting(size, start));
                }
                return result;
            }
            take(size);
        }
        start.run();
        return result;
    }

    /** Whether half of the budget is free, so that reading ahead takes nothing from anybody. */
    public synchronized boolean idle() {
        return line.isEmpty() && reads * 2 < maxReads && bytes * 2 < maxBytes;
    }

    /** How many reads wait. */
    public synchronized int waiting() {
        return line.size();
    }

    private <T> void start(long size, Supplier<CompletableFuture<T>> read, CompletableFuture<T> result) {
        CompletableFuture<T> started;
        try {
            started = read.get();
        } catch (RuntimeException | Error failure) {
            // An error, too: of a read for which no thread can be made, the place would be taken for ever.
            started = CompletableFuture.failedFuture(failure);
        }
        var _ = started.whenComplete((value, failure) -> {
            release(size);
            if (failure != null) {
                result.completeExceptionally(failure);
            } else {
                result.complete(value);
            }
        });
    }

    private void release(long size) {
        synchronized (this) {
            reads--;
            bytes -= size;
            if (starting) {
                // A read that was started from the line has ended at once: whoever started it goes on with the next.
                return;
            }
            starting = true;
        }
        for (Waiting next = next(); next != null; next = next()) {
            next.start().run();
        }
    }

    private synchronized @Nullable Waiting next() {
        Waiting next = line.peek();
        if (next == null || !fits(next.bytes())) {
            starting = false;
            return null;
        }
        take(next.bytes());
        return line.remove();
    }

    private boolean fits(long size) {
        return reads == 0 || (reads < maxReads && bytes + size <= maxBytes);
    }

    private void take(long size) {
        reads++;
        bytes += size;
    }
}
