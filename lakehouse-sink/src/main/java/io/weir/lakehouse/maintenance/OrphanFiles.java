package io.weir.lakehouse.maintenance;

import io.weir.lakehouse.storage.WarehouseFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ReachableFileUtil;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileInfo;

/**
 * Deletes files below one table's location that the table does not have. Whoever writes a file commits it later: a file
 * is deleted when two looks, a grace apart, have found it in no snapshot. What was found is known to this process only.
 *
 * <p>Threading: one thread.
 */
final class OrphanFiles {
    /** Most files that are remembered, of one table; others wait for a later look. */
    static final int MOST_SUSPECTS = 10_000;

    /** Tables with more files than this are not searched. */
    static final int MOST_REFERENCES = 500_000;

    private final WarehouseFiles files;
    private final Duration grace;
    private final Map<String, Long> seenMs = new HashMap<>();

    OrphanFiles(WarehouseFiles files, Duration grace) {
        this.files = files;
        this.grace = grace;
    }

    /**
     * Looks once.
     *
     * @param table as it is after the look began or later: the files are listed first
     * @return how many files were deleted
     */
    int look(String location, java.util.function.Supplier<Table> table, long nowMs) {
        Set<String> listed = new HashSet<>();
        Iterator<FileInfo> below = files.listPrefix(location).iterator();
        while (below.hasNext() && listed.size() < MOST_REFERENCES) {
            listed.add(below.next().location());
        }
        removeReferences(table.get(), listed);
        seenMs.keySet().retainAll(listed);
        int deleted = 0;
        for (String orphan : listed) {
            Long since = seenMs.get(orphan);
            if (since != null && nowMs - since >= grace.toMillis()) {
                files.deleteFile(orphan);
                seenMs.remove(orphan);
                deleted++;
            } else if (since == null && seenMs.size() < MOST_SUSPECTS) {
                seenMs.put(orphan, nowMs);
            }
        }
        return deleted;
    }

    private static void removeReferences(Table table, Set<String> listed) {
        listed.removeAll(ReachableFileUtil.metadataFileLocations(table, false));
        ReachableFileUtil.statisticsFilesLocations(table).forEach(listed::remove);
        Set<String> seenManifests = new HashSet<>();
        for (Snapshot snapshot : table.snapshots()) {
            listed.remove(snapshot.manifestListLocation());
            for (ManifestFile manifest : snapshot.allManifests(table.io())) {
                listed.remove(manifest.path());
                if (seenManifests.add(manifest.path())) {
                    removeFiles(table, manifest, listed);
                }
            }
        }
    }

    private static void removeFiles(Table table, ManifestFile manifest, Set<String> listed) {
        try (CloseableIterable<? extends ContentFile<?>> entries = switch (manifest.content()) {
            case DATA -> ManifestFiles.read(manifest, table.io(), table.specs());
            case DELETES -> ManifestFiles.readDeleteManifest(manifest, table.io(), table.specs());
        }) {
            for (ContentFile<?> file : entries) {
                listed.remove(file.location());
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("Cannot read " + manifest.path(), failure);
        }
    }
}
