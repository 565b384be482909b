package io.weir.consensus.ratis;

import io.weir.consensus.ratis.follow.LogEntry;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The last applied entries, within a bound: whoever follows closely needs no disk. The last one stays, however large.
 *
 * <p>Threading: any thread.
 */
final class RecentEntries {
    static final int MOST_ENTRIES = 1024;
    static final long MOST_BYTES = 4 << 20;

    private final @Nullable LogEntry[] places = new @Nullable LogEntry[MOST_ENTRIES];
    private long first;
    private long next;
    private long bytes;

    /** One that follows the one before begins anew where it does not. */
    synchronized void add(LogEntry entry) {
        long index = entry.position().index();
        if (index != next) {
            clear();
            first = index;
            next = index;
        }
        if (next - first == MOST_ENTRIES) {
            drop();
        }
        places[(int) (index % MOST_ENTRIES)] = entry;
        next = index + 1;
        bytes += entry.size();
        while (bytes > MOST_BYTES && first < index) {
            drop();
        }
    }

    private void drop() {
        int place = (int) (first % MOST_ENTRIES);
        LogEntry dropped = places[place];
        bytes -= dropped == null ? 0 : dropped.size();
        places[place] = null;
        first++;
    }

    synchronized Optional<LogEntry> at(long index) {
        return index < first || index >= next
                ? Optional.empty()
                : Optional.ofNullable(places[(int) (index % MOST_ENTRIES)]);
    }

    /** Nobody is close. */
    synchronized void clear() {
        while (first < next) {
            drop();
        }
    }
}
