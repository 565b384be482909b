package io.weir.lakehouse.maintenance;

import java.time.Duration;

/**
 * When tables are looked after, and how much of it is done at once.
 *
 * @param interval between looks at what has changed
 * @param targetFileBytes how big a merged data file gets, at most
 * @param smallFileBytes data files below this are merged
 * @param mergeFiles how many files of about one size are merged at once; a byte is rewritten once per size
 * @param candidateFiles most files that one look takes into account
 * @param passBytes most bytes that are rewritten in one commit
 * @param rowGroupBytes of the files that are written; what a merge holds in memory is a few times this, and as much as
 *     a row group that it reads
 * @param newestSnapshots how many are kept
 * @param hourlySnapshots for so many hours the last snapshot of each is kept, too
 * @param expireSnapshots how many must have become too many before they are expired
 * @param manifests more of them than this are merged
 * @param settled a partition to which nothing was added for so long is merged whatever the number of its files
 * @param dropGrace between the deletion of a dropped table's files and the last look for what was still on its way
 * @param orphanGrace how long a file must have been in no table before it is deleted
 */
public record MaintenanceConfig(
        Duration interval,
        long targetFileBytes,
        long smallFileBytes,
        int mergeFiles,
        int candidateFiles,
        long passBytes,
        int rowGroupBytes,
        int newestSnapshots,
        int hourlySnapshots,
        int expireSnapshots,
        int manifests,
        Duration settled,
        Duration dropGrace,
        Duration orphanGrace) {
    public static final MaintenanceConfig DEFAULT = new MaintenanceConfig(
            Duration.ofMinutes(1),
            512L << 20,
            128L << 20,
            16,
            20_000,
            1L << 30,
            16 << 20,
            60,
            24,
            20,
            100,
            Duration.ofHours(1),
            Duration.ofMinutes(10),
            Duration.ofDays(3));

    public MaintenanceConfig {
        require(!interval.isNegative() && !interval.isZero(), "interval", interval.toMillis());
        require(smallFileBytes >= 1 && smallFileBytes <= targetFileBytes, "small-file-bytes", smallFileBytes);
        require(mergeFiles >= 2 && mergeFiles <= candidateFiles, "merge-files", mergeFiles);
        require(passBytes >= targetFileBytes, "pass-bytes", passBytes);
        require(rowGroupBytes >= 64 << 10, "row-group-bytes", rowGroupBytes);
        require(newestSnapshots >= 1, "newest-snapshots", newestSnapshots);
        require(hourlySnapshots >= 0, "hourly-snapshots", hourlySnapshots);
        require(expireSnapshots >= 1, "expire-snapshots", expireSnapshots);
        require(manifests >= 2, "manifests", manifests);
    }

    private static void require(boolean met, String setting, long value) {
        if (!met) {
            throw new IllegalArgumentException("Illegal " + setting + "=" + value);
        }
    }
}
