package io.weir.lakehouse.columns;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * How JSON is read: RFC 8259, in UTF-8, nothing behind the value.
 *
 * <p>Threading: one thread at a time, and one value: a parser is done with before the next is asked for.
 */
final class Json {
    /** Deeper values are refused. */
    static final int MAX_DEPTH = 200;

    /** Longer numbers are refused. */
    static final int MAX_NUMBER_CHARS = 1_000;

    /** Longer names of fields are refused. */
    static final int MAX_NAME_CHARS = 50_000;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER_CHARS)
                    .maxNameLength(MAX_NAME_CHARS)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            // Names come from strangers: the JVM would keep each.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    /** Characters kept for the next value: there is one of these for each table that is fed. */
    static final int MOST_KEPT_CHARS = 1 << 14;

    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    private char[] kept = {};

    /** Never guesses another encoding, as the library would from bytes. */
    private JsonParser parser(ByteBuffer value) throws IOException {
        // No character takes less than a byte.
        CharBuffer text = CharBuffer.wrap(chars(value.remaining()));
        CoderResult result = decoder.reset().decode(value.duplicate(), text, true);
        if (!result.isUnderflow()) {
            result.throwException();
        }
        return FACTORY.createParser(text.array(), 0, text.position());
    }

    private char[] chars(int atLeast) {
        if (atLeast > MOST_KEPT_CHARS) {
            return new char[atLeast];
        }
        if (kept.length < atLeast) {
            kept = new char[Math.min(2 * atLeast, MOST_KEPT_CHARS)];
        }
        return kept;
    }

    /** Why the value is not JSON, for people; null when it is. */
    @Nullable String fault(ByteBuffer value) {
        try (JsonParser parser = parser(value)) {
            if (parser.nextToken() == null) {
                return "value is not JSON: it is empty";
            }
            parser.skipChildren();
            parser.finishToken();
            requireEnd(parser);
            return null;
        } catch (IOException invalid) {
            return reason(invalid);
        }
    }

    private static void requireEnd(JsonParser parser) throws IOException {
        if (parser.nextToken() != null) {
            throw new JsonParseException(parser, "there is more behind the value");
        }
    }

    private static String reason(IOException invalid) {
        String detail = invalid instanceof JsonProcessingException parsing
                ? parsing.getOriginalMessage()
                : "it is not UTF-8, " + invalid.getMessage();
        return "value is not JSON: " + detail;
    }
}
