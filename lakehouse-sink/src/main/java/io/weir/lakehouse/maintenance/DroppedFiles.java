package io.weir.lakehouse.maintenance;

import io.weir.contracts.table.TableImage.DroppedTable;
import io.weir.lakehouse.catalog.PointerCatalog;
import io.weir.lakehouse.storage.WarehouseFiles;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Deletes the files of dropped tables. What was still being written when a table was dropped may appear later: a table
 * is forgotten when a second look, a grace later, has deleted that as well.
 *
 * <p>Threading: one thread.
 */
final class DroppedFiles {
    private static final int TABLES_PER_PASS = 100;

    private final WarehouseFiles files;
    private final PointerCatalog catalog;
    private final Duration grace;
    private final Map<UUID, Long> emptiedMs = new HashMap<>();

    DroppedFiles(WarehouseFiles files, PointerCatalog catalog, Duration grace) {
        this.files = files;
        this.catalog = catalog;
        this.grace = grace;
    }

    /** Returns how many tables were forgotten. */
    int pass(Collection<DroppedTable> dropped, long nowMs) {
        Set<UUID> known = dropped.stream().map(DroppedTable::table).collect(Collectors.toCollection(HashSet::new));
        emptiedMs.keySet().retainAll(known);
        List<DroppedTable> due = dropped.stream()
                .filter(table -> isDue(table, nowMs))
                .limit(TABLES_PER_PASS)
                .toList();
        int forgotten = 0;
        for (DroppedTable table : due) {
            files.deletePrefix(table.location());
            if (emptiedMs.putIfAbsent(table.table(), nowMs) != null) {
                catalog.forgetDropped(table.table());
                forgotten++;
            }
        }
        return forgotten;
    }

    private boolean isDue(DroppedTable table, long nowMs) {
        Long emptied = emptiedMs.get(table.table());
        return emptied == null || nowMs - emptied >= grace.toMillis();
    }
}
