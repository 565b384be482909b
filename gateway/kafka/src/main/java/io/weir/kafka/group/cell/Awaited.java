package io.weir.kafka.group.cell;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Something that happens once, perhaps much later, and that many wait for a moment only. Whatever depends on a future
 * stays with it until it is complete, so those who come within the same moment share one that ends soon.
 *
 * <p>Threading: any thread.
 */
final class Awaited {
    /** How long a moment is. */
    static final Duration PATIENCE = Duration.ofSeconds(1);

    private final CompletableFuture<Void> event;
    private CompletableFuture<Boolean> soon = CompletableFuture.completedFuture(false);

    Awaited() {
        this(new CompletableFuture<>());
    }

    /** @param event what is waited for */
    Awaited(CompletableFuture<Void> event) {
        this.event = event;
        var _ = event.whenComplete((happened, failure) -> soonNow().complete(failure == null));
    }

    /** What is waited for: to be completed when it happens, or will not happen any more. */
    CompletableFuture<Void> event() {
        return event;
    }

    /** Whether it happens within a moment, which may have begun with somebody who asked before. */
    synchronized CompletableFuture<Boolean> soon() {
        if (event.isDone()) {
            return CompletableFuture.completedFuture(!event.isCompletedExceptionally());
        }
        if (soon.isDone()) {
            soon = new CompletableFuture<Boolean>()
                    .completeOnTimeout(false, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        }
        // Nobody can complete it for the others.
        return soon.copy();
    }

    private synchronized CompletableFuture<Boolean> soonNow() {
        return soon;
    }
}
