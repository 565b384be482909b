package io.weir.lakehouse.columns;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/** One JSON value as text, for tables that cannot have a VARIANT. */
final class JsonTextValues implements ValueColumns {
    private final String column;
    private final Json json = new Json();

    JsonTextValues(String column) {
        this.column = column;
    }

    @Override
    public List<NestedField> fixed() {
        return TextValues.text(column);
    }

    @Override
    public Conversion fill(@Nullable ByteBuffer value, Schema schema, GenericRecord row) {
        if (value == null) {
            return new Conversion.Row(row);
        }
        String fault = json.fault(value);
        if (fault != null) {
            return new Conversion.Bad(fault);
        }
        row.set(
                RowMaker.at(schema, column),
                StandardCharsets.UTF_8.decode(value.duplicate()).toString());
        return new Conversion.Row(row);
    }
}
