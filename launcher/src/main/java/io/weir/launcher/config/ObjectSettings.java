package io.weir.launcher.config;

import java.time.Duration;

/**
 * What the operator said about the object store.
 *
 * @param store where segments are kept
 * @param cache memory for blocks read back from it
 * @param backupInterval from one copy of a group's state in it to the next; zero for no copies
 * @param scrubInterval in which everything that is stored is read once, in it and in logs; zero for never
 */
public record ObjectSettings(
        ObjectStoreLocation store, DataSize cache, Duration backupInterval, Duration scrubInterval) {
    static final DataSize LEAST_CACHE = DataSize.ofMebibytes(1);

    public ObjectSettings {
        if (cache.compareTo(LEAST_CACHE) < 0) {
            throw new SettingException("cache-bytes: " + cache + " is less than " + LEAST_CACHE);
        }
        requireZeroOrWithin("backup-interval", backupInterval, "1s", "1d");
        requireZeroOrWithin("scrub-interval", scrubInterval, "1h", "365d");
    }

    private static void requireZeroOrWithin(String setting, Duration given, String least, String most) {
        boolean inBounds =
                given.compareTo(DurationText.parse(least)) >= 0 && given.compareTo(DurationText.parse(most)) <= 0;
        if (!inBounds && !given.isZero()) {
            throw new SettingException(
                    setting + ": " + given.toMillis() + "ms is neither 0s nor between " + least + " and " + most);
        }
    }
}
