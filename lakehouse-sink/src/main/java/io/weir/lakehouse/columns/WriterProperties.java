package io.weir.lakehouse.columns;

import java.util.HashMap;
import java.util.Map;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.util.PropertyUtil;

/**
 * The properties that the server writes a table's data files with: the table's own, which users set, but for those that
 * would take memory that nobody has counted.
 */
public final class WriterProperties {
    /** Of all bloom filters of one file; they are held until its row group ends. */
    static final int MOST_BLOOM_BYTES = 4 << 20;

    /** Beyond it Zstandard takes tens to hundreds of megabytes outside of the heap. */
    static final int MOST_COMPRESSION_LEVEL = 9;

    private WriterProperties() {}

    /**
     * For one file.
     *
     * @param rowsBetweenChecks how many rows are written before the row group's size is looked at
     */
    public static Map<String, String> of(Map<String, String> table, int rowGroupBytes, int rowsBetweenChecks) {
        Map<String, String> properties = new HashMap<>(table);
        properties.putIfAbsent(TableProperties.PARQUET_COMPRESSION, "zstd");
        String rows = Integer.toString(rowsBetweenChecks);
        properties.put(TableProperties.PARQUET_ROW_GROUP_SIZE_BYTES, Integer.toString(rowGroupBytes));
        properties.put(TableProperties.PARQUET_ROW_GROUP_CHECK_MIN_RECORD_COUNT, rows);
        properties.put(TableProperties.PARQUET_ROW_GROUP_CHECK_MAX_RECORD_COUNT, rows);
        long filters = table.keySet().stream()
                .filter(key -> key.startsWith(TableProperties.PARQUET_BLOOM_FILTER_COLUMN_ENABLED_PREFIX))
                .count();
        if (filters > 0) {
            bound(
                    properties,
                    TableProperties.PARQUET_BLOOM_FILTER_MAX_BYTES,
                    TableProperties.PARQUET_BLOOM_FILTER_MAX_BYTES_DEFAULT,
                    (int) (MOST_BLOOM_BYTES / filters));
        }
        if (table.containsKey(TableProperties.PARQUET_COMPRESSION_LEVEL)) {
            bound(properties, TableProperties.PARQUET_COMPRESSION_LEVEL, 0, MOST_COMPRESSION_LEVEL);
        }
        return properties;
    }

    private static void bound(Map<String, String> properties, String key, int standard, int most) {
        int wanted = PropertyUtil.propertyAsInt(properties, key, standard);
        properties.put(key, Integer.toString(Math.min(wanted, most)));
    }
}
