package io.weir.lakehouse.columns;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
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
        try (JsonParser parser = json.parser(value)) {
            if (parser.nextToken() == null) {
                return new Conversion.Bad("value is not JSON: it is empty");
            }
            parser.skipChildren();
            parser.finishToken();
            Json.requireEnd(parser);
        } catch (IOException invalid) {
            return new Conversion.Bad(Json.reason(invalid));
        }
        row.set(
                RowMaker.at(schema, column),
                StandardCharsets.UTF_8.decode(value.duplicate()).toString());
        return new Conversion.Row(row);
    }
}
