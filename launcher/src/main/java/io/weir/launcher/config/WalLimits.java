package io.weir.launcher.config;

import java.time.Duration;

/**
 * How the write-ahead log is cut and bounded.
 *
 * @param shards how many Raft groups a cluster begins with
 * @param maxBytes of disk for all of them
 * @param flushBytes the tail is flushed when it has this much
 * @param flushInterval the tail is flushed when its oldest entry is this old
 */
public record WalLimits(int shards, DataSize maxBytes, DataSize flushBytes, Duration flushInterval) {
    /** Each costs threads and direct memory on every node that works with streams. */
    public static final int MAX_SHARDS = 16;

    static final DataSize LEAST_WAL = DataSize.ofMebibytes(256);
    public static final DataSize LEAST_OF_A_SHARD = DataSize.ofMebibytes(64);
    static final Duration LEAST_INTERVAL = Duration.ofSeconds(1);
    static final Duration MOST_INTERVAL = Duration.ofDays(1);

    public WalLimits {
        if (shards < 1 || shards > MAX_SHARDS) {
            throw new SettingException("wal-shards: " + shards + " is not between 1 and " + MAX_SHARDS);
        }
        if (maxBytes.compareTo(LEAST_WAL) < 0) {
            throw new SettingException("wal-max-bytes: " + maxBytes + " is less than " + LEAST_WAL);
        }
        if (maxBytes.bytes() / shards < LEAST_OF_A_SHARD.bytes()) {
            throw new SettingException("wal-max-bytes: " + maxBytes + " is less than " + LEAST_OF_A_SHARD
                    + " for each of " + shards + " shards");
        }
        if (flushBytes.bytes() > maxBytes.bytes() / 2) {
            throw new SettingException("flush-bytes: " + flushBytes + " is more than half of wal-max-bytes, which is "
                    + maxBytes + ": the log would fill before it is flushed");
        }
        if (flushInterval.compareTo(LEAST_INTERVAL) < 0 || flushInterval.compareTo(MOST_INTERVAL) > 0) {
            throw new SettingException("flush-interval: " + flushInterval.toMillis() + "ms is not between 1s and 1d");
        }
    }
}
