package io.weir.lakehouse.maintenance;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.iceberg.ExpireSnapshots;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.Table;
import org.apache.iceberg.util.SnapshotUtil;

/**
 * Which snapshots a table keeps: the newest ones, the last of each hour for some hours, and whatever a branch or a tag
 * refers to.
 *
 * <p>Threading: any thread that may block.
 */
record SnapshotKeeping(int newest, int hours) {
    private static final long HOUR_MS = 3_600_000;

    /** The ids of those that are too many, at this time. */
    List<Long> surplus(Table table, long nowMs) {
        Set<Long> referred =
                table.refs().values().stream().map(SnapshotRef::snapshotId).collect(Collectors.toSet());
        for (var ref : table.refs().entrySet()) {
            if (!ref.getKey().equals(SnapshotRef.MAIN_BRANCH) && ref.getValue().isBranch()) {
                SnapshotUtil.ancestorIds(table.snapshot(ref.getValue().snapshotId()), table::snapshot)
                        .forEach(referred::add);
            }
        }
        List<Snapshot> newestFirst = new ArrayList<>();
        table.snapshots().forEach(newestFirst::add);
        newestFirst.sort(Comparator.comparingLong(Snapshot::sequenceNumber).reversed());
        Set<Long> seenHours = new HashSet<>();
        List<Long> surplus = new ArrayList<>();
        for (Snapshot old : newestFirst.subList(Math.min(newest, newestFirst.size()), newestFirst.size())) {
            boolean young = nowMs - old.timestampMillis() < hours * HOUR_MS;
            boolean lastOfItsHour = young && seenHours.add(Math.floorDiv(old.timestampMillis(), HOUR_MS));
            if (!lastOfItsHour && !referred.contains(old.snapshotId())) {
                surplus.add(old.snapshotId());
            }
        }
        return surplus;
    }

    /**
     * Expires what is too many, if it is as many as this.
     *
     * @return how many were expired
     */
    int expire(Table table, long nowMs, int atLeast) {
        List<Long> surplus = surplus(table, nowMs);
        if (surplus.isEmpty() || surplus.size() < atLeast) {
            return 0;
        }
        // Only what is named: the table's own maximum age would take the last snapshots of the hours, too.
        ExpireSnapshots expiry = table.expireSnapshots().expireOlderThan(0);
        surplus.forEach(expiry::expireSnapshotId);
        expiry.commit();
        return surplus.size();
    }
}
