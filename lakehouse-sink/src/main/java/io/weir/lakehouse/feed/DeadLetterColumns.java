package io.weir.lakehouse.feed;

import io.weir.contracts.read.StoredRecord;
import io.weir.lakehouse.columns.SystemColumns;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/** The columns of a table of dead letters: the record as it was, and why it is here. */
final class DeadLetterColumns {
    private static final Types.StructType HEADER = Types.StructType.of(
            NestedField.required(10, "key", Types.StringType.get()),
            NestedField.optional(11, "value", Types.BinaryType.get()));

    static final Schema SCHEMA = new Schema(
            NestedField.required(1, SystemColumns.PARTITION, Types.IntegerType.get()),
            NestedField.required(2, SystemColumns.OFFSET, Types.LongType.get()),
            NestedField.optional(3, SystemColumns.TIMESTAMP, Types.TimestampType.withZone()),
            NestedField.optional(4, SystemColumns.TIMESTAMP_TYPE, Types.StringType.get()),
            NestedField.required(5, "reason", Types.StringType.get()),
            NestedField.optional(6, "key", Types.BinaryType.get()),
            NestedField.optional(7, "value", Types.BinaryType.get()),
            NestedField.optional(8, "headers", Types.ListType.ofRequired(9, HEADER)));

    private DeadLetterColumns() {}

    /** A row that outlives the record. */
    static Record row(int partition, StoredRecord record, String reason) {
        GenericRecord row = GenericRecord.create(SCHEMA);
        row.setField(SystemColumns.PARTITION, partition);
        row.setField(SystemColumns.OFFSET, record.offset());
        row.setField(SystemColumns.TIMESTAMP, SystemColumns.time(record.timestampMs()));
        row.setField(SystemColumns.TIMESTAMP_TYPE, SystemColumns.timestampType(record));
        row.setField("reason", reason);
        row.setField("key", copy(record.key()));
        row.setField("value", copy(record.value()));
        List<Record> headers = new ArrayList<>(record.headers().size());
        for (StoredRecord.Header header : record.headers()) {
            GenericRecord copy = GenericRecord.create(HEADER);
            copy.setField("key", header.key());
            copy.setField("value", copy(header.value()));
            headers.add(copy);
        }
        row.setField("headers", headers);
        return row;
    }

    private static @Nullable ByteBuffer copy(@Nullable ByteBuffer bytes) {
        return bytes == null
                ? null
                : ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
    }
}
