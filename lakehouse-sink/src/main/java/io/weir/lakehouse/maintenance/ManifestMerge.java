package io.weir.lakehouse.maintenance;

import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;

/**
 * Makes few manifests of many small ones.
 *
 * <p>Threading: any thread that may block.
 */
final class ManifestMerge {
    private static final long SMALL_BYTES = 4L << 20;

    private ManifestMerge() {}

    /** Whether there were more small ones than this. */
    static boolean run(Table table, int most) {
        Snapshot snapshot = table.currentSnapshot();
        if (snapshot == null) {
            return false;
        }
        long small = snapshot.dataManifests(table.io()).stream()
                .filter(ManifestMerge::isSmall)
                .count();
        if (small <= most) {
            return false;
        }
        table.rewriteManifests()
                .clusterBy(file -> "")
                .rewriteIf(ManifestMerge::isSmall)
                .commit();
        return true;
    }

    private static boolean isSmall(ManifestFile manifest) {
        return manifest.length() < SMALL_BYTES;
    }
}
