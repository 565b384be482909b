package io.weir.wal.state;

import io.weir.wal.entry.Command.StreamSpan;
import io.weir.wal.entry.StreamRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The streams that are open, as ranges: neighbours that agree in tenant and incarnation are one, so that a million
 * streams cost a handful of them.
 *
 * <p>Threading: immutable.
 */
public final class OpenRanges {
    public static final OpenRanges NONE = new OpenRanges(new StreamRange[0]);

    private final StreamRange[] ranges;

    private OpenRanges(StreamRange[] ranges) {
        this.ranges = ranges;
    }

    /** @param ranges ascending, not overlapping */
    static OpenRanges of(List<StreamRange> ranges) {
        return new OpenRanges(ranges.toArray(new StreamRange[0]));
    }

    /** The range that the stream is in; null when it is not open. */
    public @Nullable StreamRange find(long stream) {
        int low = 0;
        int high = ranges.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            StreamRange range = ranges[middle];
            if (stream < range.first()) {
                high = middle - 1;
            } else if (stream >= range.end()) {
                low = middle + 1;
            } else {
                return range;
            }
        }
        return null;
    }

    /** Ascending by id. */
    public List<StreamRange> ranges() {
        return List.of(ranges);
    }

    /** These and those; where they overlap, these stay. */
    OpenRanges plus(List<StreamRange> added) {
        NavigableMap<Long, StreamRange> open = toMap();
        for (StreamRange range : added) {
            long from = range.first();
            while (from < range.end()) {
                Map.Entry<Long, StreamRange> before = open.floorEntry(from);
                if (before != null && before.getValue().end() > from) {
                    from = before.getValue().end();
                    continue;
                }
                Map.Entry<Long, StreamRange> after = open.higherEntry(from);
                long to = after == null ? range.end() : Math.min(range.end(), after.getKey());
                open.put(from, new StreamRange(from, to - from, range.incarnation(), range.tenant()));
                from = to;
            }
        }
        return merged(open);
    }

    OpenRanges minus(List<StreamSpan> removed) {
        NavigableMap<Long, StreamRange> open = toMap();
        for (StreamSpan span : removed) {
            Map.Entry<Long, StreamRange> at = open.lowerEntry(span.end());
            while (at != null && at.getValue().end() > span.first()) {
                StreamRange range = at.getValue();
                open.remove(range.first());
                keep(open, range, range.first(), Math.min(range.end(), span.first()));
                keep(open, range, Math.max(range.first(), span.end()), range.end());
                at = open.lowerEntry(Math.min(range.first(), span.end()));
            }
        }
        return merged(open);
    }

    private static void keep(NavigableMap<Long, StreamRange> open, StreamRange range, long from, long to) {
        if (from < to) {
            open.put(from, new StreamRange(from, to - from, range.incarnation(), range.tenant()));
        }
    }

    private NavigableMap<Long, StreamRange> toMap() {
        TreeMap<Long, StreamRange> map = new TreeMap<>();
        for (StreamRange range : ranges) {
            map.put(range.first(), range);
        }
        return map;
    }

    private static OpenRanges merged(NavigableMap<Long, StreamRange> open) {
        List<StreamRange> merged = new ArrayList<>();
        for (StreamRange range : open.values()) {
            StreamRange last = merged.isEmpty() ? null : merged.getLast();
            if (last != null
                    && last.end() == range.first()
                    && last.incarnation() == range.incarnation()
                    && last.tenant().equals(range.tenant())) {
                merged.set(
                        merged.size() - 1,
                        new StreamRange(last.first(), last.count() + range.count(), last.incarnation(), last.tenant()));
            } else {
                merged.add(range);
            }
        }
        return of(merged);
    }
}
