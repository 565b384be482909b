package io.weir.lakehouse.columns;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/** Text in UTF-8. */
final class TextValues implements ValueColumns {
    private final String column;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();

    static List<NestedField> text(String column) {
        return List.of(NestedField.optional(SystemColumns.FIRST_FREE_ID, column, Types.StringType.get()));
    }

    TextValues(String column) {
        this.column = column;
    }

    @Override
    public List<NestedField> fixed() {
        return text(column);
    }

    @Override
    public Conversion fill(@Nullable ByteBuffer value, Schema schema, GenericRecord row) {
        if (value != null) {
            try {
                row.set(
                        RowMaker.at(schema, column),
                        decoder.decode(value.duplicate()).toString());
            } catch (CharacterCodingException illegal) {
                return new Conversion.Bad("value is not UTF-8: " + illegal.getMessage());
            }
        }
        return new Conversion.Row(row);
    }
}
