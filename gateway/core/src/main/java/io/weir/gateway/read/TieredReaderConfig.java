package io.weir.gateway.read;

/**
 * Bounds of reading.
 *
 * @param catchUpBudgetBytes how much all reads of segments together may ask for at a time; further ones wait
 * @param maxWaitingReads how many reads of segments may wait; further ones are refused, retriably
 */
public record TieredReaderConfig(long catchUpBudgetBytes, int maxWaitingReads) {
    public static final TieredReaderConfig DEFAULT = new TieredReaderConfig(64L << 20, 10_000);

    public TieredReaderConfig {
        if (catchUpBudgetBytes < 1 << 20 || maxWaitingReads < 1) {
            throw new IllegalArgumentException("Illegal catch-up bounds: " + catchUpBudgetBytes + " bytes, "
                    + maxWaitingReads + " waiting; use at least 1 MiB and 1");
        }
    }
}
