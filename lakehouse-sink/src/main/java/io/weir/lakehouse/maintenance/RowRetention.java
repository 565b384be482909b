package io.weir.lakehouse.maintenance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.DeleteFiles;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.expressions.StrictMetricsEvaluator;
import org.apache.iceberg.io.CloseableIterable;

/**
 * Takes the data files out of a topic's table whose rows are all older than {@code table.retention}. Rows without a
 * timestamp are never too old.
 *
 * <p>Threading: any thread that may block.
 */
final class RowRetention {
    /** As {@code lakehouse.columns} names it. */
    private static final String TIMESTAMP = "_timestamp";

    private static final int MOST_FILES = 10_000;

    private RowRetention() {}

    /** Returns how many files were taken out. */
    static int run(Table table, long olderThanMs) {
        if (table.currentSnapshot() == null || table.schema().findField(TIMESTAMP) == null) {
            return 0;
        }
        Expression older = Expressions.lessThan(TIMESTAMP, TimeUnit.MILLISECONDS.toMicros(olderThanMs));
        StrictMetricsEvaluator allOlder = new StrictMetricsEvaluator(table.schema(), older);
        DeleteFiles delete = table.newDelete();
        int files = 0;
        try (CloseableIterable<FileScanTask> tasks =
                table.newScan().filter(older).includeColumnStats().planFiles()) {
            for (FileScanTask task : tasks) {
                if (files < MOST_FILES && allOlder.eval(task.file())) {
                    delete.deleteFile(task.file());
                    files++;
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("Cannot list the files of " + table.name(), failure);
        }
        if (files > 0) {
            delete.commit();
        }
        return files;
    }
}
