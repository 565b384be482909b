package io.weir.lakehouse.columns;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** How JSON is read: RFC 8259, in UTF-8, nothing behind the value. */
final class Json {
    /** Deeper values are refused. */
    static final int MAX_DEPTH = 200;

    /** Longer numbers are refused. */
    static final int MAX_NUMBER_CHARS = 1_000;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER_CHARS)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            // Names come from strangers: the JVM would keep each.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private Json() {}

    /** Never guesses another encoding, as the library would from bytes. */
    static JsonParser parser(ByteBuffer value) throws IOException {
        Reader text = new InputStreamReader(
                new ByteArrayInputStream(value.array(), value.arrayOffset() + value.position(), value.remaining()),
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT));
        return FACTORY.createParser(text);
    }

    static void requireEnd(JsonParser parser) throws IOException {
        if (parser.nextToken() != null) {
            throw new JsonParseException(parser, "there is more behind the value");
        }
    }

    static String reason(IOException invalid) {
        String detail = invalid instanceof JsonProcessingException parsing
                ? parsing.getOriginalMessage()
                : "it is not UTF-8, " + invalid.getMessage();
        return "value is not JSON: " + detail;
    }
}
