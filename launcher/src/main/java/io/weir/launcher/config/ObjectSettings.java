package io.weir.launcher.config;

import java.time.Duration;

/**
 * What the operator said about the object store.
 *
 * @param store where segments are kept
 * @param cache memory for blocks read back from it
 * @param backupInterval from one copy of a group's state in it to the next; zero for no copies
 */
public record ObjectSettings(ObjectStoreLocation store, DataSize cache, Duration backupInterval) {
    static final DataSize LEAST_CACHE = DataSize.ofMebibytes(1);
    static final Duration LEAST_INTERVAL = Duration.ofSeconds(1);
    static final Duration MOST_INTERVAL = Duration.ofDays(1);

    public ObjectSettings {
        if (cache.compareTo(LEAST_CACHE) < 0) {
            throw new SettingException("cache-bytes: " + cache + " is less than " + LEAST_CACHE);
        }
        boolean inBounds =
                backupInterval.compareTo(LEAST_INTERVAL) >= 0 && backupInterval.compareTo(MOST_INTERVAL) <= 0;
        if (!inBounds && !backupInterval.isZero()) {
            throw new SettingException(
                    "backup-interval: " + backupInterval.toMillis() + "ms is neither 0s nor between 1s and 1d");
        }
    }
}
