package io.weir.lakehouse.variant;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.parquet.variant.Variant;
import org.apache.parquet.variant.VariantArrayBuilder;
import org.apache.parquet.variant.VariantBuilder;
import org.apache.parquet.variant.VariantObjectBuilder;

/** What Jackson's parser and Parquet's builder make of a text: what the encoder is measured by. */
final class ParquetsBuilder {
    private static final int DECIMAL_DIGITS = 38;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(VariantEncoderTest.LIMITS.depth())
                    .maxNumberLength(VariantEncoderTest.LIMITS.numberDigits())
                    .maxNameLength(VariantEncoderTest.LIMITS.nameChars())
                    .build())
            .build();

    private ParquetsBuilder() {}

    /** @throws IOException when it is not JSON, or a number that no VARIANT holds */
    static Variant variant(byte[] text) throws IOException {
        CharBuffer chars = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
        try (JsonParser parser = FACTORY.createParser(chars.toString())) {
            if (parser.nextToken() == null) {
                throw new JsonParseException(parser, "nothing");
            }
            VariantBuilder builder = new VariantBuilder();
            append(parser, builder);
            if (parser.nextToken() != null) {
                throw new JsonParseException(parser, "more");
            }
            return builder.build();
        }
    }

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
            default -> number(parser, to);
        }
    }

    private static void number(JsonParser parser, VariantBuilder to) throws IOException {
        String text = parser.getText();
        boolean whole = parser.currentToken() == JsonToken.VALUE_NUMBER_INT;
        if (whole && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            whole(parser.getLongValue(), to);
            return;
        }
        boolean exponent = text.indexOf('e') >= 0 || text.indexOf('E') >= 0;
        BigDecimal number = exponent ? BigDecimal.ZERO : new BigDecimal(text);
        if (!exponent && number.precision() <= DECIMAL_DIGITS && number.scale() <= DECIMAL_DIGITS) {
            to.appendDecimal(number);
            return;
        }
        double real = Double.parseDouble(text);
        if (Double.isInfinite(real)) {
            throw new JsonParseException(parser, "too large");
        }
        to.appendDouble(real);
    }

    private static void whole(long number, VariantBuilder to) {
        if (number == (byte) number) {
            to.appendByte((byte) number);
        } else if (number == (short) number) {
            to.appendShort((short) number);
        } else if (number == (int) number) {
            to.appendInt((int) number);
        } else {
            to.appendLong(number);
        }
    }
}
