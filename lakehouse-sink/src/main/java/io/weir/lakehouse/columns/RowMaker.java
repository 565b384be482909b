package io.weir.lakehouse.columns;

import io.weir.contracts.read.StoredRecord;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/**
 * Makes rows of one schema out of a topic's records.
 *
 * <p>Threading: one thread at a time.
 */
public final class RowMaker {
    private final ValueColumns values;
    private final Schema schema;
    private final GenericRecord row;
    private final int partitionAt;
    private final int offsetAt;
    private final int timestampAt;
    private final int timestampTypeAt;
    private final int keyAt;
    private final int headersAt;
    private final Types.StructType headerStruct;

    /**
     * A maker of rows for the table as it is.
     *
     * @param schema has the columns of {@link #columns}
     */
    public RowMaker(ValueColumns values, Schema schema) {
        this.values = values;
        this.schema = schema;
        this.row = GenericRecord.create(schema);
        this.partitionAt = at(schema, SystemColumns.PARTITION);
        this.offsetAt = at(schema, SystemColumns.OFFSET);
        this.timestampAt = at(schema, SystemColumns.TIMESTAMP);
        this.timestampTypeAt = at(schema, SystemColumns.TIMESTAMP_TYPE);
        this.keyAt = at(schema, SystemColumns.KEY);
        this.headersAt = at(schema, SystemColumns.HEADERS);
        this.headerStruct = schema.columns()
                .get(headersAt)
                .type()
                .asListType()
                .elementType()
                .asStructType();
    }

    /** The columns that every table has whose values are read so; ids are to be given anew. */
    public static Schema columns(ValueColumns values) {
        List<NestedField> fields = new ArrayList<>(SystemColumns.FIELDS);
        fields.addAll(values.fixed());
        return new Schema(fields);
    }

    static int at(Schema schema, String name) {
        List<NestedField> columns = schema.columns();
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).name().equals(name)) {
                return i;
            }
        }
        throw new IllegalArgumentException("No column " + name + " in " + schema);
    }

    /** The row of a record, unless it has none in a table of this schema. */
    public Conversion convert(int partition, StoredRecord record) {
        @Nullable String misfit = SystemColumns.misfit(record);
        if (misfit != null) {
            return new Conversion.Bad(misfit);
        }
        for (int i = 0; i < row.size(); i++) {
            row.set(i, null);
        }
        Conversion conversion = values.fill(record.value(), schema, row);
        if (conversion instanceof Conversion.Row) {
            row.set(partitionAt, partition);
            row.set(offsetAt, record.offset());
            row.set(timestampAt, SystemColumns.time(record.timestampMs()));
            row.set(timestampTypeAt, SystemColumns.timestampType(record));
            row.set(keyAt, record.key());
            row.set(headersAt, SystemColumns.headers(record, headerStruct));
        }
        return conversion;
    }
}
