package io.weir.lakehouse.columns;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.iceberg.TableProperties;
import org.junit.jupiter.api.Test;

class WriterPropertiesTest {
    private static final String FILTER = TableProperties.PARQUET_BLOOM_FILTER_COLUMN_ENABLED_PREFIX;

    @Test
    void aTablesOwnSettingsAreKept() {
        Map<String, String> properties = WriterProperties.of(
                Map.of(
                        TableProperties.PARQUET_COMPRESSION,
                        "gzip",
                        TableProperties.PARQUET_COMPRESSION_LEVEL,
                        "9",
                        FILTER + "_offset",
                        "true",
                        TableProperties.PARQUET_BLOOM_FILTER_MAX_BYTES,
                        Integer.toString(WriterProperties.MOST_BLOOM_BYTES)),
                1 << 20,
                16);

        assertThat(properties)
                .containsEntry(TableProperties.PARQUET_COMPRESSION, "gzip")
                .containsEntry(TableProperties.PARQUET_COMPRESSION_LEVEL, "9")
                .containsEntry(TableProperties.PARQUET_BLOOM_FILTER_MAX_BYTES, "4194304")
                .containsEntry(TableProperties.PARQUET_ROW_GROUP_SIZE_BYTES, "1048576");
    }

    @Test
    void whatWouldTakeMemoryThatNobodyHasCountedIsBounded() {
        Map<String, String> properties = WriterProperties.of(
                Map.of(
                        TableProperties.PARQUET_ROW_GROUP_SIZE_BYTES,
                        "1073741824",
                        TableProperties.PARQUET_COMPRESSION_LEVEL,
                        "10",
                        FILTER + "_offset",
                        "true",
                        FILTER + "_key",
                        "true",
                        TableProperties.PARQUET_BLOOM_FILTER_MAX_BYTES,
                        "2097153"),
                1 << 20,
                16);

        assertThat(properties)
                .containsEntry(TableProperties.PARQUET_COMPRESSION, "zstd")
                .containsEntry(TableProperties.PARQUET_COMPRESSION_LEVEL, "9")
                .containsEntry(TableProperties.PARQUET_BLOOM_FILTER_MAX_BYTES, "2097152")
                .containsEntry(TableProperties.PARQUET_ROW_GROUP_SIZE_BYTES, "1048576")
                .containsEntry(TableProperties.PARQUET_ROW_GROUP_CHECK_MAX_RECORD_COUNT, "16");
    }
}
