package io.weir.lakehouse.columns;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.parquet.variant.VariantArrayBuilder;
import org.apache.parquet.variant.VariantBuilder;
import org.apache.parquet.variant.VariantObjectBuilder;
import org.jspecify.annotations.Nullable;

/**
 * JSON as a VARIANT. Whole numbers take the smallest type that holds them; fractions without an exponent are decimals,
 * as far as 38 digits go; every other number is a double, and none that is beyond those. Of a name that occurs twice
 * the last value counts.
 */
final class JsonValues implements ValueColumns {
    static final int VARIANT_SINCE = 3;

    private static final int MAX_DECIMAL_DIGITS = 38;
    private static final int BYTE_BITS = 8;
    private static final int SHORT_BITS = 16;
    private static final int INT_BITS = 32;

    private final String column;
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
        try (JsonParser parser = json.parser(value)) {
            if (parser.nextToken() == null) {
                return new Conversion.Bad("value is not JSON: it is empty");
            }
            VariantBuilder builder = new VariantBuilder();
            append(parser, builder);
            Json.requireEnd(parser);
            row.set(RowMaker.at(schema, column), EncodedValue.variant(builder.build()));
            return new Conversion.Row(row);
        } catch (IOException invalid) {
            return new Conversion.Bad(Json.reason(invalid));
        } catch (IllegalStateException | IllegalArgumentException | ArithmeticException tooMuch) {
            return new Conversion.Bad("value does not fit into a VARIANT: " + tooMuch.getMessage());
        }
    }

    /** Appends the value that begins at the parser's present token; its depth is bounded by {@link Json#MAX_DEPTH}. */
    private static void append(JsonParser parser, VariantBuilder to) throws IOException {
        switch (parser.currentToken()) {
            case START_OBJECT -> {
                VariantObjectBuilder object = to.startObject();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    object.appendKey(parser.currentName());
                    parser.nextToken();
                    append(parser, object);
                }
                to.endObject();
            }
            case START_ARRAY -> {
                VariantArrayBuilder array = to.startArray();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    append(parser, array);
                }
                to.endArray();
            }
            case VALUE_STRING -> to.appendString(parser.getText());
            case VALUE_TRUE -> to.appendBoolean(true);
            case VALUE_FALSE -> to.appendBoolean(false);
            case VALUE_NULL -> to.appendNull();
            case VALUE_NUMBER_INT -> whole(parser, to);
            case VALUE_NUMBER_FLOAT -> fraction(parser, to);
            default -> throw new IllegalStateException("Unexpected token " + parser.currentToken());
        }
    }

    private static void whole(JsonParser parser, VariantBuilder to) throws IOException {
        if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            BigInteger number = parser.getBigIntegerValue();
            decimalOrDouble(new BigDecimal(number), to);
            return;
        }
        long number = parser.getLongValue();
        int bits = Long.SIZE + 1 - Long.numberOfLeadingZeros(number < 0 ? ~number : number);
        if (bits <= BYTE_BITS) {
            to.appendByte((byte) number);
        } else if (bits <= SHORT_BITS) {
            to.appendShort((short) number);
        } else if (bits <= INT_BITS) {
            to.appendInt((int) number);
        } else {
            to.appendLong(number);
        }
    }

    private static void fraction(JsonParser parser, VariantBuilder to) throws IOException {
        String text = parser.getText();
        if (text.indexOf('e') >= 0 || text.indexOf('E') >= 0) {
            to.appendDouble(finite(parser.getDoubleValue(), text));
        } else {
            decimalOrDouble(new BigDecimal(text), to);
        }
    }

    private static void decimalOrDouble(BigDecimal number, VariantBuilder to) {
        if (number.precision() <= MAX_DECIMAL_DIGITS && number.scale() <= MAX_DECIMAL_DIGITS) {
            to.appendDecimal(number);
        } else {
            to.appendDouble(finite(number.doubleValue(), number));
        }
    }

    private static double finite(double number, Object text) {
        if (Double.isInfinite(number)) {
            throw new ArithmeticException("no number holds " + text);
        }
        return number;
    }
}
