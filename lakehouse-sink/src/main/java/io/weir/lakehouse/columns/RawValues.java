package io.weir.lakehouse.columns;

import java.nio.ByteBuffer;
import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/** The bytes as they are. */
final class RawValues implements ValueColumns {
    private final String column;

    RawValues(String column) {
        this.column = column;
    }

    @Override
    public List<NestedField> fixed() {
        return List.of(NestedField.optional(SystemColumns.FIRST_FREE_ID, column, Types.BinaryType.get()));
    }

    @Override
    public Conversion fill(@Nullable ByteBuffer value, Schema schema, GenericRecord row) {
        row.set(RowMaker.at(schema, column), value);
        return new Conversion.Row(row);
    }
}
