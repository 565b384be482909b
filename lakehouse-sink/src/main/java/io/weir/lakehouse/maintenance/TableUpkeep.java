package io.weir.lakehouse.maintenance;

import io.weir.contracts.table.TablePointer;
import io.weir.lakehouse.storage.WarehouseFiles;
import java.time.Duration;
import java.util.function.Supplier;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotSummary;
import org.apache.iceberg.Table;
import org.apache.iceberg.util.PropertyUtil;

/**
 * Looks after one table of a topic. Most looks ask for nothing but the table's metadata: its files are listed when
 * there are enough new ones, or an hour is over.
 *
 * <p>Threading: one thread at a time.
 */
final class TableUpkeep {
    private static final long HOUR_MS = Duration.ofHours(1).toMillis();
    private static final long DAY_MS = Duration.ofDays(1).toMillis();
    /** More commits than this wait for the next look. */
    private static final int COMMITS_PER_LOOK = 8;

    private final MaintenanceConfig config;
    private final Compaction compaction;
    private final SnapshotKeeping keeping;
    private final OrphanFiles orphans;
    private String lookedAt = "";
    private long filesThen;
    private long nextFullMs;
    private long nextRetentionMs;
    private long nextOrphansMs;

    TableUpkeep(MaintenanceConfig config, WarehouseFiles files, long nowMs) {
        this.config = config;
        this.compaction = new Compaction(config);
        this.keeping = new SnapshotKeeping(config.newestSnapshots(), config.hourlySnapshots());
        this.orphans = new OrphanFiles(files, config.orphanGrace());
        this.nextFullMs = nowMs + HOUR_MS;
        this.nextRetentionMs = nowMs;
        this.nextOrphansMs = nowMs + HOUR_MS;
    }

    /**
     * Does what is due.
     *
     * @param retentionMs how old rows may become; negative for any age
     */
    void look(TablePointer pointer, Supplier<Table> load, long retentionMs, long nowMs) {
        boolean changed = !pointer.metadataLocation().equals(lookedAt);
        if (retentionMs >= 0 && nowMs >= nextRetentionMs) {
            RowRetention.run(load.get(), nowMs - retentionMs);
            nextRetentionMs = nowMs + HOUR_MS;
        }
        if (changed) {
            nextFullMs = Math.min(nextFullMs, nowMs + HOUR_MS);
        }
        if (changed || nowMs >= nextFullMs) {
            lookAtSnapshot(load.get(), nowMs);
            lookedAt = pointer.metadataLocation();
        }
        if (nowMs >= nextOrphansMs) {
            orphans.look(pointer.location(), load, nowMs);
            nextOrphansMs = nowMs + DAY_MS;
        }
    }

    private void lookAtSnapshot(Table table, long nowMs) {
        Snapshot snapshot = table.currentSnapshot();
        if (snapshot == null) {
            return;
        }
        long files = PropertyUtil.propertyAsLong(snapshot.summary(), SnapshotSummary.TOTAL_DATA_FILES_PROP, 0);
        if (files - filesThen >= config.mergeFiles() || files < filesThen || nowMs >= nextFullMs) {
            compact(table, nowMs, false);
            filesThen = PropertyUtil.propertyAsLong(
                    table.currentSnapshot().summary(), SnapshotSummary.TOTAL_DATA_FILES_PROP, 0);
            // What has settled needs no further look until something is added.
            nextFullMs = settledUpTo(table, nowMs) == Long.MAX_VALUE ? Long.MAX_VALUE : nowMs + HOUR_MS;
        }
        ManifestMerge.run(table, config.manifests());
        keeping.expire(table, nowMs, config.expireSnapshots());
    }

    /**
     * Merges data files until nothing is left to merge, or enough was.
     *
     * @param all few files, too
     */
    Compaction.Outcome compact(Table table, long nowMs, boolean all) {
        Compaction.Outcome sum = Compaction.Outcome.NOTHING;
        for (int commit = 0; commit < COMMITS_PER_LOOK; commit++) {
            Compaction.Outcome outcome = compaction.run(table, settledUpTo(table, nowMs), all);
            if (outcome.before() == 0) {
                return sum;
            }
            sum = sum.plus(outcome);
            table.refresh();
        }
        return sum;
    }

    /** The newest sequence number of those that are old: what is younger may still get company. */
    private long settledUpTo(Table table, long nowMs) {
        long oldest = Long.MAX_VALUE;
        for (Snapshot snapshot : table.snapshots()) {
            if (nowMs - snapshot.timestampMillis() < config.settled().toMillis()) {
                oldest = Math.min(oldest, snapshot.sequenceNumber());
            }
        }
        return oldest == Long.MAX_VALUE ? oldest : oldest - 1;
    }

    /** Expires every snapshot that is one too many. */
    int expire(Table table, long nowMs) {
        return keeping.expire(table, nowMs, 1);
    }
}
