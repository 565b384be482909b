package io.weir.objecttier.housekeeping;

import java.time.Duration;

/**
 * How a shard's segments are merged, aged and deleted.
 *
 * @param interval time between looks at what there is to do
 * @param retentionInterval time between retention passes
 * @param deletionGrace how long a retired object stays for readers that still have an older view
 * @param mergeSegments how many neighbours of one level are merged at once
 * @param smallSegmentBytes segments below this are merged at every level up to {@link #MAX_LEVEL}
 * @param shortRunBytes flushed segments whose streams have less than this each, on average, are merged once
 * @param outputBytes how big a merged segment gets; the memory that a merge needs is about twice this
 * @param rollUpSegments when a shard has more single segments than this, half of them go into a manifest
 * @param mergeManifests how many neighbours of one level are merged at once
 * @param scrubInterval in which everything is read once, to find damage; zero for never
 */
public record HousekeepingConfig(
        Duration interval,
        Duration retentionInterval,
        Duration deletionGrace,
        int mergeSegments,
        long smallSegmentBytes,
        long shortRunBytes,
        long outputBytes,
        int rollUpSegments,
        int mergeManifests,
        Duration scrubInterval) {
    /** Segments of this level are never merged for being small: no byte is rewritten more often. */
    public static final int MAX_LEVEL = 3;

    public static final HousekeepingConfig DEFAULT = new HousekeepingConfig(
            Duration.ofSeconds(5),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            8,
            8L << 20,
            256L << 10,
            64L << 20,
            32,
            8,
            Duration.ofDays(7));

    public HousekeepingConfig {
        requireWithin(
                "housekeeping-interval",
                interval.toMillis(),
                1,
                Duration.ofDays(1).toMillis());
        requireWithin(
                "retention-interval",
                retentionInterval.toMillis(),
                1,
                Duration.ofDays(1).toMillis());
        requireWithin(
                "deletion-grace",
                deletionGrace.toMillis(),
                0,
                Duration.ofDays(30).toMillis());
        requireWithin("merge-segments", mergeSegments, 2, 64);
        requireWithin("small-segment-bytes", smallSegmentBytes, 0, 1L << 30);
        requireWithin("short-run-bytes", shortRunBytes, 0, 1L << 30);
        requireWithin("merge-output-bytes", outputBytes, 1, 1L << 30);
        requireWithin("roll-up-segments", rollUpSegments, 2, 1000);
        requireWithin("merge-manifests", mergeManifests, 2, 64);
        requireWithin(
                "scrub-interval",
                scrubInterval.toMillis(),
                0,
                Duration.ofDays(365).toMillis());
    }

    /** The same with another time in which everything is read once. */
    public HousekeepingConfig withScrubInterval(Duration scrub) {
        return new HousekeepingConfig(
                interval,
                retentionInterval,
                deletionGrace,
                mergeSegments,
                smallSegmentBytes,
                shortRunBytes,
                outputBytes,
                rollUpSegments,
                mergeManifests,
                scrub);
    }

    private static void requireWithin(String setting, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException("Illegal " + setting + "=" + value + ": " + least + " to " + most);
        }
    }
}
