package io.weir.wal.state;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The entries with batches that are not in segments yet, in log order. */
final class Backlog {
    private final ArrayDeque<TailEntry> entries = new ArrayDeque<>();
    private long bytes;
    private long batches;

    void add(TailEntry entry) {
        entries.addLast(entry);
        bytes += entry.bytes();
        batches += entry.count();
    }

    /** Takes out the oldest entry if its index is at most {@code upTo}. */
    @Nullable TailEntry poll(long upTo) {
        TailEntry first = entries.peekFirst();
        if (first == null || first.index() > upTo) {
            return null;
        }
        entries.removeFirst();
        bytes -= first.bytes();
        batches -= first.count();
        return first;
    }

    Iterable<TailEntry> entries() {
        return entries;
    }

    List<TailEntry> freeze() {
        return new ArrayList<>(entries);
    }

    long bytes() {
        return bytes;
    }

    long batches() {
        return batches;
    }

    /** Memory that the positions take. */
    long positionBytes() {
        return TailEntry.positionBytes(entries.size(), batches);
    }

    @Nullable TailEntry oldest() {
        return entries.peekFirst();
    }
}
