package io.weir.consensus.ratis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/**
 * Waits for what a log has fsynced. The library says of an entry that it is written once that is true of its index:
 * where entries take the place of others, up to the last one of those, each counts as written before it is fsynced,
 * unless it is the last one of all that are fsynced together.
 *
 * <p>Threading: any thread.
 */
final class Fsynced {
    /** Who waits. Under this object's lock. */
    private final List<Waiting> waiting = new ArrayList<>();

    private boolean isEnded;

    private record Waiting(long index, CompletableFuture<Void> end) {}

    /**
     * Completes once everything up to an index is fsynced; exceptionally when the log takes nothing more before.
     *
     * @param fsynced the index of the last entry that is
     */
    CompletableFuture<Void> upTo(long last, LongSupplier fsynced) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        synchronized (this) {
            if (fsynced.getAsLong() >= last) {
                end.complete(null);
            } else if (isEnded) {
                end.completeExceptionally(ended());
            } else {
                waiting.add(new Waiting(last, end));
            }
        }
        return end;
    }

    /** Some message was written: it, or one behind it, was the last one of an fsync. */
    void look(LongSupplier fsynced) {
        List<Waiting> ends = new ArrayList<>();
        synchronized (this) {
            long now = fsynced.getAsLong();
            for (Iterator<Waiting> each = waiting.iterator(); each.hasNext(); ) {
                Waiting next = each.next();
                if (next.index <= now) {
                    ends.add(next);
                    each.remove();
                }
            }
        }
        ends.forEach(each -> each.end.complete(null));
    }

    /** Nothing more is fsynced. */
    void end() {
        List<Waiting> ends;
        synchronized (this) {
            isEnded = true;
            ends = List.copyOf(waiting);
            waiting.clear();
        }
        ends.forEach(each -> each.end.completeExceptionally(ended()));
    }

    private static IOException ended() {
        return new IOException("The log takes nothing more before it is opened again");
    }
}
