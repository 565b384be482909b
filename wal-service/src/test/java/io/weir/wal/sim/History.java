package io.weir.wal.sim;

import java.util.HashMap;
import java.util.Map;

/** What clients were told: stream → mark of the batch → offset. */
final class History {
    private final Map<Long, Map<Long, Long>> acknowledged = new HashMap<>();
    private final Map<Long, String> writers = new HashMap<>();
    private long marks;
    private long forgotten = -1;

    /** @param writer whose batches are stored in the order of their marks */
    long nextMark(String writer) {
        writers.put(++marks, writer);
        return marks;
    }

    String writerOf(long mark) {
        return writers.getOrDefault(mark, "nobody");
    }

    /** Of producers with ids up to this one a shard may have forgotten some. */
    void forgotten(long producerId) {
        forgotten = producerId;
    }

    boolean mayBeForgotten(long producerId) {
        return producerId <= forgotten;
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
