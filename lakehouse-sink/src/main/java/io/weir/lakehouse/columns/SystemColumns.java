package io.weir.lakehouse.columns;

import io.weir.contracts.read.StoredRecord;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/** The columns that say where a record came from. Their names begin with an underscore. */
public final class SystemColumns {
    /** Not {@code _partition}: Iceberg keeps that name for itself, and Spark reads no table with such a column. */
    public static final String PARTITION = "_partition_id";

    public static final String OFFSET = "_offset";
    public static final String TIMESTAMP = "_timestamp";
    public static final String TIMESTAMP_TYPE = "_timestamp_type";
    public static final String KEY = "_key";
    public static final String HEADERS = "_headers";

    /** In lower case, as engines compare names. */
    public static final Set<String> NAMES = Set.of(PARTITION, OFFSET, TIMESTAMP, TIMESTAMP_TYPE, KEY, HEADERS);

    static final int FIRST_FREE_ID = 20;

    /** Engines know the years 1 to 9999. */
    private static final long LEAST_MS = -62_135_596_800_000L;

    private static final long MOST_MS = 253_402_300_799_999L;
    private static final long NO_TIMESTAMP = -1L;

    static final List<NestedField> FIELDS = List.of(
            NestedField.required(1, PARTITION, Types.IntegerType.get()),
            NestedField.required(2, OFFSET, Types.LongType.get()),
            NestedField.optional(3, TIMESTAMP, Types.TimestampType.withZone()),
            NestedField.optional(4, TIMESTAMP_TYPE, Types.StringType.get()),
            NestedField.optional(5, KEY, Types.BinaryType.get()),
            NestedField.optional(
                    6,
                    HEADERS,
                    Types.ListType.ofRequired(
                            7,
                            Types.StructType.of(
                                    NestedField.required(8, "key", Types.StringType.get()),
                                    NestedField.optional(9, "value", Types.BinaryType.get())))));

    private SystemColumns() {}

    /** Whether a value's column must have another name: it is one of these, or Iceberg's own. */
    static boolean isReserved(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return NAMES.contains(lower) || MetadataColumns.isMetadataColumn(lower);
    }

    static boolean isKnownTime(long ms) {
        return ms >= LEAST_MS && ms <= MOST_MS;
    }

    /** Why the record has no place in any table, or null. */
    static @Nullable String misfit(StoredRecord record) {
        long ms = record.timestampMs();
        return !isKnownTime(ms) ? "timestamp " + ms + " is outside of the years 1 to 9999" : null;
    }

    /** The record's time; null when it has none, or one that no column can hold. */
    public static @Nullable OffsetDateTime time(long ms) {
        return ms == NO_TIMESTAMP || !isKnownTime(ms)
                ? null
                : OffsetDateTime.ofInstant(Instant.ofEpochMilli(ms), ZoneOffset.UTC);
    }

    /** Whose clock it was. */
    public static String timestampType(StoredRecord record) {
        return record.logAppendTime() ? "LogAppendTime" : "CreateTime";
    }

    static List<Record> headers(StoredRecord record, Types.StructType struct) {
        if (record.headers().isEmpty()) {
            return List.of();
        }
        List<Record> headers = new ArrayList<>(record.headers().size());
        for (StoredRecord.Header header : record.headers()) {
            GenericRecord row = GenericRecord.create(struct);
            row.setField("key", header.key());
            row.setField("value", header.value());
            headers.add(row);
        }
        return headers;
    }
}
