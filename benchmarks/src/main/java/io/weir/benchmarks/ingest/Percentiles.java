package io.weir.benchmarks.ingest;

/**
 * How many of what was measured lie at or below a value; to a tenth of a millisecond up to two minutes, beyond which
 * all count as two minutes.
 *
 * <p>Threading: one thread writes.
 */
final class Percentiles {
    private static final int SLOTS = 1_200_001;

    private final int[] counts = new int[SLOTS];
    private long total;

    void add(long nanos) {
        long tenths = Math.max(0, nanos) / 100_000;
        counts[(int) Math.min(SLOTS - 1, tenths)]++;
        total++;
    }

    long total() {
        return total;
    }

    /** In milliseconds; 0 when nothing was measured. */
    double at(double share) {
        long wanted = (long) Math.ceil(total * share);
        long seen = 0;
        for (int slot = 0; slot < SLOTS && total > 0; slot++) {
            seen += counts[slot];
            if (seen >= wanted) {
                return slot / 10.0;
            }
        }
        return 0;
    }
}
