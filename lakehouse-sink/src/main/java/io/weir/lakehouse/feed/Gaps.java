package io.weir.lakehouse.feed;

import io.weir.contracts.identity.OffsetRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Offsets that the topic's retention took before the table had them, as table properties: {@code weir.gap.<partition>}
 * is a list of {@code from..to}, the end exclusive.
 */
final class Gaps {
    static final String PREFIX = "weir.gap.";

    /** Of one partition; older ones are joined. */
    static final int MOST = 16;

    private static final Pattern RANGE = Pattern.compile("\\d{1,19}\\.\\.\\d{1,19}");

    private final Map<Integer, OffsetRange> found = new TreeMap<>();

    void add(int partition, OffsetRange gap) {
        found.merge(partition, gap, (one, other) -> new OffsetRange(one.from(), other.to()));
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    /** The properties that have changed. */
    Map<String, String> added(Map<String, String> present) {
        Map<String, String> changed = new TreeMap<>();
        found.forEach((partition, gap) -> {
            String name = PREFIX + partition;
            List<String> ranges = new ArrayList<>();
            String before = present.getOrDefault(name, "");
            for (String range : before.split(",", -1)) {
                // Users can write what they like into a table's properties.
                if (RANGE.matcher(range).matches()) {
                    ranges.add(range);
                }
            }
            ranges.add(gap.from() + ".." + gap.to());
            while (ranges.size() > MOST) {
                String oldest = ranges.removeFirst();
                String next = ranges.removeFirst();
                ranges.addFirst(oldest.substring(0, oldest.indexOf("..")) + next.substring(next.indexOf("..")));
            }
            changed.put(name, String.join(",", ranges));
        });
        return changed;
    }
}
