package io.weir.wal.read;

import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.failure.ServiceException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Confirms that this process leads, once for everybody who asks at about the same time: who comes while a confirmation
 * runs waits for the next one, which begins after the call.
 *
 * <p>Threading: any thread.
 */
final class Barrier {
    private final ConsensusGroup group;
    private boolean running;
    private @Nullable CompletableFuture<Void> next;

    Barrier(ConsensusGroup group) {
        this.group = group;
    }

    CompletableFuture<Void> pass() {
        CompletableFuture<Void> mine;
        synchronized (this) {
            CompletableFuture<Void> waiting = next;
            mine = waiting == null ? new CompletableFuture<>() : waiting;
            next = mine;
            if (running) {
                return mine;
            }
            running = true;
            next = null;
        }
        begin(mine);
        return mine;
    }

    private void begin(CompletableFuture<Void> confirmed) {
        var _ = ask().whenComplete((nothing, failure) -> {
            CompletableFuture<Void> following;
            synchronized (this) {
                following = next;
                next = null;
                running = following != null;
            }
            if (following != null) {
                begin(following);
            }
            if (failure == null) {
                confirmed.complete(null);
            } else {
                confirmed.completeExceptionally(ServiceException.of(failure));
            }
        });
    }

    /** An error is an answer, too: were it thrown, all who come later would wait for this confirmation. */
    private CompletableFuture<Void> ask() {
        try {
            return group.barrier();
        } catch (RuntimeException | Error failed) {
            return CompletableFuture.failedFuture(failed);
        }
    }
}
