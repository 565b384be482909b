package io.weir.lakehouse.columns;

import io.weir.lakehouse.variant.Encoding;
import io.weir.lakehouse.variant.VariantEncoder;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/** JSON as a VARIANT, as {@link VariantEncoder} makes it. */
final class JsonValues implements ValueColumns {
    static final int VARIANT_SINCE = 3;

    private static final VariantEncoder.Limits LIMITS =
            new VariantEncoder.Limits(Json.MAX_DEPTH, Json.MAX_NUMBER_CHARS, Json.MAX_NAME_CHARS, 256 << 20);

    private final String column;
    private final VariantEncoder encoder = new VariantEncoder(LIMITS);
    private final Json json = new Json();

    JsonValues(String column) {
        this.column = column;
    }

    @Override
    public List<NestedField> fixed() {
        return List.of(NestedField.optional(SystemColumns.FIRST_FREE_ID, column, Types.VariantType.get()));
    }

    @Override
    public Conversion fill(@Nullable ByteBuffer value, Schema schema, GenericRecord row) {
        if (value == null) {
            return new Conversion.Row(row);
        }
        return switch (encoder.encode(value)) {
            case Encoding.Encoded(var variant) -> {
                row.set(RowMaker.at(schema, column), variant);
                yield new Conversion.Row(row);
            }
            // The library's words say more of what is wrong, and where.
            case Encoding.NotJson(String reason) ->
                new Conversion.Bad(Objects.requireNonNullElse(json.fault(value), "value is not JSON: " + reason));
            case Encoding.TooMuch(String reason) -> new Conversion.Bad("value does not fit into a VARIANT: " + reason);
        };
    }
}
