package io.weir.wal.sim;

import java.util.HashMap;
import java.util.Map;

/** What clients were told: stream → mark of the batch → offset. */
final class History {
    private final Map<Long, Map<Long, Long>> acknowledged = new HashMap<>();
    private long marks;

    long nextMark() {
        return ++marks;
    }

    void acknowledged(long stream, long mark, long offset) {
        Long before =
                acknowledged.computeIfAbsent(stream, id -> new HashMap<>()).put(mark, offset);
        if (before != null && before != offset) {
            throw new AssertionError(
                    "Batch " + mark + " of stream " + stream + " was acknowledged at " + before + " and at " + offset);
        }
    }

    Map<Long, Long> acknowledged(long stream) {
        return acknowledged.getOrDefault(stream, Map.of());
    }

    int size() {
        return acknowledged.values().stream().mapToInt(Map::size).sum();
    }
}
