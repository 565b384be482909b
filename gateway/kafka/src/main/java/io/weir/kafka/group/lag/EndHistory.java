package io.weir.kafka.group.lag;

/**
 * When a partition's end was where: a few samples, from which it is told when a position was the end.
 *
 * <p>The time a consumer is behind is the age of the first record it has not committed, and that record was written
 * when its offset was the partition's end. Between two samples the end is taken to have moved evenly. Samples that are
 * no longer needed go when the consumer has passed them; when there is no room, every other one goes, so that a history
 * of any length fits, with coarser steps.
 *
 * <p>Threading: none of its own; the caller synchronizes.
 */
final class EndHistory {
    private static final int CAPACITY = 16;

    private final long[] timesMs = new long[CAPACITY];
    private final long[] ends = new long[CAPACITY];
    private int size;

    /**
     * The partition ended there at that time. Of samples that say the same, the first and the last are kept: between
     * them the end stood still. One that does not follow the last is ignored.
     */
    void sample(long timeMs, long end) {
        if (size > 0 && (end < ends[size - 1] || timeMs <= timesMs[size - 1])) {
            return;
        }
        if (size > 1 && ends[size - 2] == end) {
            timesMs[size - 1] = timeMs;
            return;
        }
        if (size == CAPACITY) {
            thin();
        }
        timesMs[size] = timeMs;
        ends[size] = end;
        size++;
    }

    /** When the position was the end, as far as it is known; {@code nowMs} when nothing is. */
    long timeOf(long position, long nowMs) {
        int after = 0;
        while (after < size && ends[after] <= position) {
            after++;
        }
        if (after == 0) {
            return size == 0 ? nowMs : timesMs[0];
        }
        int before = after - 1;
        if (after == size) {
            return timesMs[before];
        }
        double part = (double) (position - ends[before]) / (ends[after] - ends[before]);
        return timesMs[before] + (long) (part * (timesMs[after] - timesMs[before]));
    }

    /** Drops what lies before the last sample at or below the position. */
    void passed(long position) {
        int keep = 0;
        while (keep + 1 < size && ends[keep + 1] <= position) {
            keep++;
        }
        if (keep > 0) {
            System.arraycopy(timesMs, keep, timesMs, 0, size - keep);
            System.arraycopy(ends, keep, ends, 0, size - keep);
            size -= keep;
        }
    }

    int size() {
        return size;
    }

    private void thin() {
        int kept = 0;
        for (int each = 0; each < size; each += 2) {
            timesMs[kept] = timesMs[each];
            ends[kept] = ends[each];
            kept++;
        }
        size = kept;
    }
}
