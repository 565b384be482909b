package io.weir.launcher.config;

/**
 * What the operator said about the object store.
 *
 * @param store where segments are kept
 * @param cache memory for blocks read back from it
 */
public record ObjectSettings(ObjectStoreLocation store, DataSize cache) {
    static final DataSize LEAST_CACHE = DataSize.ofMebibytes(1);

    public ObjectSettings {
        if (cache.compareTo(LEAST_CACHE) < 0) {
            throw new SettingException("cache-bytes: " + cache + " is less than " + LEAST_CACHE);
        }
    }
}
