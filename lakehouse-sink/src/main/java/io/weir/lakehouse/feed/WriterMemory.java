package io.weir.lakehouse.feed;

import java.util.LinkedHashSet;

/**
 * The memory of files that are being written, given out in the order in which it was asked for, so that a topic with
 * much to catch up on cannot always come first.
 *
 * <p>Threading: any thread; never waits.
 */
final class WriterMemory {
    private final long total;
    private final LinkedHashSet<Object> waiting = new LinkedHashSet<>();
    private long used;

    WriterMemory(long total) {
        this.total = total;
    }

    /**
     * Takes memory for a topic that has none.
     *
     * @param asker keeps its place in the queue until it is given memory or leaves
     * @return 0 when it was given, else how many have their turn up to this one
     */
    synchronized int begin(Object asker, long bytes) {
        boolean first = waiting.isEmpty() || waiting.iterator().next().equals(asker);
        if (!first || used + bytes > total) {
            waiting.add(asker);
            return first ? 1 : waiting.size();
        }
        waiting.remove(asker);
        used += bytes;
        return 0;
    }

    /** Whether topics wait for memory. */
    synchronized boolean wanted() {
        return !waiting.isEmpty();
    }

    /** Takes more for a topic that has some; never at the cost of those that wait. */
    synchronized boolean more(long bytes) {
        if (!waiting.isEmpty() || used + bytes > total) {
            return false;
        }
        used += bytes;
        return true;
    }

    synchronized void leave(Object asker) {
        waiting.remove(asker);
    }

    synchronized void giveBack(long bytes) {
        used -= bytes;
        if (used < 0) {
            throw new IllegalStateException("More memory was given back than taken: " + -used + " bytes");
        }
    }

    synchronized long used() {
        return used;
    }
}
