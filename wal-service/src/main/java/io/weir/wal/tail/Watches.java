package io.weir.wal.tail;

import io.weir.wal.state.TailEntry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Who waits for a stream to grow. Threading: under the shard's lock; callbacks are run outside of it. */
public final class Watches {
    private final Map<Long, List<Waiting>> byStream = new HashMap<>();
    private int size;

    /** Somebody who waits. Compared by identity. */
    public static final class Waiting {
        private final long stream;
        private final long offset;
        private final Runnable callback;

        Waiting(long stream, long offset, Runnable callback) {
            this.stream = stream;
            this.offset = offset;
            this.callback = callback;
        }

        /** Tells that the wait is over. */
        public void call() {
            callback.run();
        }
    }

    /** Waits for the stream's end to be above the offset. */
    public Waiting add(long stream, long offset, Runnable callback) {
        Waiting waiting = new Waiting(stream, offset, callback);
        byStream.computeIfAbsent(stream, id -> new ArrayList<>(1)).add(waiting);
        size++;
        return waiting;
    }

    public void remove(Waiting waiting) {
        List<Waiting> all = byStream.get(waiting.stream);
        if (all != null && all.remove(waiting)) {
            size--;
            if (all.isEmpty()) {
                byStream.remove(waiting.stream);
            }
        }
    }

    /** Takes out those whom the entry's batches satisfy. */
    public void grown(TailEntry entry, Collection<Waiting> into) {
        if (size == 0) {
            return;
        }
        for (int i = 0; i < entry.count(); i++) {
            List<Waiting> all = byStream.get(entry.stream(i));
            if (all == null) {
                continue;
            }
            for (Iterator<Waiting> each = all.iterator(); each.hasNext(); ) {
                Waiting waiting = each.next();
                if (waiting.offset < entry.next(i)) {
                    each.remove();
                    size--;
                    into.add(waiting);
                }
            }
            if (all.isEmpty()) {
                byStream.remove(entry.stream(i));
            }
        }
    }

    /** Takes out everybody who waits for one of these streams. */
    public void gone(long first, long end, Collection<Waiting> into) {
        for (Iterator<Map.Entry<Long, List<Waiting>>> each = byStream.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<Long, List<Waiting>> stream = each.next();
            if (stream.getKey() >= first && stream.getKey() < end) {
                into.addAll(stream.getValue());
                size -= stream.getValue().size();
                each.remove();
            }
        }
    }

    /** How many wait. */
    int size() {
        return size;
    }
}
