package io.weir.kafka.protocol;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Steps that happen in the order in which they were entered, though what prepares them may finish in any order. Bounded
 * by the connection's limit of requests in flight.
 *
 * <p>Threading: on the connection's event loop only.
 */
public final class RequestLane {
    private final Queue<Entry<?, ?>> waiting = new ArrayDeque<>();

    /** Runs the step at once when nothing is before it and its preparation is done; in its turn otherwise. */
    public <P, T> CompletableFuture<T> enter(CompletableFuture<P> preparation, Step<P, T> step, Executor loop) {
        if (waiting.isEmpty() && preparation.isDone() && !preparation.isCompletedExceptionally()) {
            return step.run(preparation.join());
        }
        Entry<P, T> entry = new Entry<>(preparation, step, new CompletableFuture<>());
        waiting.add(entry);
        var _ = preparation.whenComplete((prepared, failure) -> loop.execute(this::advance));
        return entry.result();
    }

    private void advance() {
        for (Entry<?, ?> next = waiting.peek(); next != null && next.ready(); next = waiting.peek()) {
            waiting.remove();
            next.run();
        }
    }

    /** What is done in order. */
    @FunctionalInterface
    public interface Step<P, T> {
        CompletableFuture<T> run(P prepared);
    }

    private record Entry<P, T>(CompletableFuture<P> preparation, Step<P, T> step, CompletableFuture<T> result) {
        boolean ready() {
            return preparation.isDone();
        }

        void run() {
            Supplier<CompletableFuture<T>> guarded = () -> {
                try {
                    return step.run(preparation.join());
                } catch (RuntimeException | Error failed) {
                    return CompletableFuture.failedFuture(failed);
                }
            };
            var _ = guarded.get().whenComplete((value, failure) -> {
                if (failure == null) {
                    result.complete(value);
                } else {
                    result.completeExceptionally(failure);
                }
            });
        }
    }
}
