package io.weir.lakehouse.feed;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * When a topic's ends were seen where, as sums over its partitions: how long the oldest record that is not in the table
 * has been known of.
 *
 * <p>Threading: one thread at a time.
 */
final class EndHistory {
    static final int MOST = 64;

    private final List<Seen> history = new ArrayList<>();

    private record Seen(long atMs, long end) {}

    /** Ends never sink; one that does not grow says nothing new. */
    void seen(long atMs, long end) {
        if (!history.isEmpty() && history.getLast().end() >= end) {
            return;
        }
        if (history.size() == MOST) {
            thin();
        }
        history.add(new Seen(atMs, end));
    }

    /** Half of the samples, each standing for the one behind it: what is told is then rather too old than too young. */
    private void thin() {
        List<Seen> kept = new ArrayList<>();
        for (int i = 0; i + 1 < history.size(); i += 2) {
            kept.add(new Seen(history.get(i).atMs(), history.get(i + 1).end()));
        }
        history.clear();
        history.addAll(kept);
    }

    /** When it was first seen that there is more than this; forgets what lies below. */
    OptionalLong beyond(long end) {
        while (!history.isEmpty() && history.getFirst().end() <= end) {
            history.removeFirst();
        }
        return history.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(history.getFirst().atMs());
    }

    void clear() {
        history.clear();
    }
}
