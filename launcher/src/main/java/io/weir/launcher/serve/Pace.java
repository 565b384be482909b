package io.weir.launcher.serve;

import io.weir.objecttier.housekeeping.HousekeepingConfig;

/**
 * How often a server does what nobody waits for. Servers keep {@link #STANDARD}; a test that kills one in the middle of
 * such work wants it all the time.
 *
 * @param housekeeping how segments are merged, aged and deleted
 * @param shardSnapshotBytes log applied from one snapshot of a shard to the next
 * @param metadataSnapshotBytes the same for the metadata and the cursor group
 * @param logFileBytes the largest file of any group's log: whole files are deleted behind a snapshot
 */
record Pace(HousekeepingConfig housekeeping, long shardSnapshotBytes, long metadataSnapshotBytes, int logFileBytes) {
    static final Pace STANDARD = new Pace(HousekeepingConfig.DEFAULT, 256L << 20, 16L << 20, 32 << 20);
}
