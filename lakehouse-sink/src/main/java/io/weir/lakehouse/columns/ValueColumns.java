package io.weir.lakehouse.columns;

import io.weir.contracts.metadata.TableConfig;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/**
 * How values become columns.
 *
 * <p>Threading: one thread at a time.
 */
public interface ValueColumns {
    /** The column of values that are one column. */
    String VALUE = "value";

    /** The columns that are always there; their ids begin at {@link SystemColumns#FIRST_FREE_ID}. */
    List<NestedField> fixed();

    /**
     * Sets the value's columns in a row that is empty.
     *
     * @param value null for a tombstone, which is a row with an empty value
     * @param schema the row's; it has the {@link #fixed} columns
     */
    Conversion fill(@Nullable ByteBuffer value, Schema schema, GenericRecord row);

    /**
     * What a topic's setting asks for.
     *
     * <p>The value is in a column {@code value}; where that is there already and of another type, because the topic's
     * setting was another, in one that is called {@code value_raw}, {@code value_utf8} or {@code value_json}.
     *
     * @param formatVersion of the table, which decides whether it can have a VARIANT
     * @param table as it is; null for one that is to be made
     * @param schemas of the topic's tenant
     */
    static ValueColumns of(
            TableConfig.ValueFormat format, int formatVersion, @Nullable Schema table, SchemasById schemas) {
        return switch (format) {
            case RAW -> new RawValues(name(table, "raw", Types.BinaryType.get()));
            case UTF8 -> new TextValues(name(table, "utf8", Types.StringType.get()));
            case JSON ->
                formatVersion < JsonValues.VARIANT_SINCE
                        ? new JsonTextValues(name(table, "json", Types.StringType.get()))
                        : new JsonValues(name(table, "json", Types.VariantType.get()));
            case AVRO -> new AvroValues(schemas);
        };
    }

    private static String name(@Nullable Schema table, String format, Type type) {
        NestedField present = table == null ? null : table.asStruct().field(VALUE);
        return present == null || present.type().equals(type) ? VALUE : VALUE + "_" + format;
    }
}
