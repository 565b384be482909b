package io.weir.objecttier;

import io.weir.objecttier.housekeeping.HousekeepingConfig;

/**
 * Bounds of the object tier.
 *
 * @param cacheBytes how much the cache of blocks may hold
 * @param indexCacheBytes how much the cache of footers and manifests may hold
 * @param catchUpReads how many reads from the store may be under way at once on behalf of consumers
 * @param catchUpBytes how many bytes these may be fetching together
 * @param readAheadBlocks how many blocks ahead of a sequential reader are loaded
 * @param housekeeping how segments are merged, aged and deleted
 */
public record ObjectTierConfig(
        long cacheBytes,
        long indexCacheBytes,
        int catchUpReads,
        long catchUpBytes,
        int readAheadBlocks,
        HousekeepingConfig housekeeping) {
    public static final ObjectTierConfig DEFAULT =
            new ObjectTierConfig(64L << 20, 16L << 20, 8, 16L << 20, 2, HousekeepingConfig.DEFAULT);

    public ObjectTierConfig {
        if (cacheBytes < 1 << 20 || indexCacheBytes < 1 << 20) {
            throw new IllegalArgumentException("Caches hold at least 1 MiB each, not cache-bytes=" + cacheBytes
                    + " and index-cache-bytes=" + indexCacheBytes);
        }
        if (catchUpReads < 1 || catchUpReads > 1024 || catchUpBytes < 1 << 20) {
            throw new IllegalArgumentException("Illegal catch-up-reads=" + catchUpReads + " (1 to 1024) or"
                    + " catch-up-bytes=" + catchUpBytes + " (at least 1 MiB)");
        }
        if (readAheadBlocks < 0 || readAheadBlocks > 64) {
            throw new IllegalArgumentException("Illegal read-ahead-blocks=" + readAheadBlocks + ": 0 to 64");
        }
    }

    public ObjectTierConfig withCacheBytes(long bytes) {
        return new ObjectTierConfig(bytes, indexCacheBytes, catchUpReads, catchUpBytes, readAheadBlocks, housekeeping);
    }

    public ObjectTierConfig withHousekeeping(HousekeepingConfig other) {
        return new ObjectTierConfig(cacheBytes, indexCacheBytes, catchUpReads, catchUpBytes, readAheadBlocks, other);
    }
}
