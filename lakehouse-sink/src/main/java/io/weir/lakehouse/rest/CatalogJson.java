package io.weir.lakehouse.rest;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.rest.RESTMessage;
import org.apache.iceberg.rest.RESTRequest;
import org.apache.iceberg.rest.RESTSerializers;

/**
 * The protocol's messages as JSON.
 *
 * <p>Threading: any thread.
 */
final class CatalogJson {
    private static final int OK = 200;

    /** An object begins within so many bytes. */
    private static final int MOST_BLANKS = 64;

    private final ObjectMapper mapper;

    CatalogJson() {
        // Names in requests are the client's: they must not stay in memory.
        this.mapper = new ObjectMapper(new JsonFactoryBuilder()
                .configure(JsonFactory.Feature.INTERN_FIELD_NAMES, false)
                .configure(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW, false)
                .build());
        mapper.setVisibility(PropertyAccessor.FIELD, JsonAutoDetect.Visibility.ANY);
        mapper.configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);
        mapper.setPropertyNamingStrategy(new PropertyNamingStrategies.KebabCaseStrategy());
        RESTSerializers.registerAll(mapper);
    }

    /** @throws BadRequestException when the body is not such a request */
    <T extends RESTRequest> T request(HttpQuestion question, Class<T> type) {
        ByteBuffer body = question.body().duplicate();
        byte[] json = new byte[body.remaining()];
        body.get(json);
        if (!new String(json, 0, Math.min(json.length, MOST_BLANKS), StandardCharsets.UTF_8)
                .stripLeading()
                .startsWith("{")) {
            throw new BadRequestException("The body is not a %s: it is not a JSON object", type.getSimpleName());
        }
        T request;
        try {
            request = mapper.readValue(json, type);
            request.validate();
        } catch (IOException | RuntimeException malformed) {
            // Iceberg's parsers let whatever exception a missing or mistyped field leads to escape.
            throw new BadRequestException(malformed, "The body is not a %s: %s", type.getSimpleName(), text(malformed));
        }
        return request;
    }

    private static String text(Exception malformed) {
        return malformed instanceof JsonProcessingException json
                ? json.getOriginalMessage()
                : String.valueOf(malformed.getMessage());
    }

    HttpAnswer answer(RESTMessage message) {
        return answer(OK, message);
    }

    HttpAnswer answer(int status, RESTMessage message) {
        try {
            return new HttpAnswer(
                    status, "application/json", Map.of(), ByteBuffer.wrap(mapper.writeValueAsBytes(message)));
        } catch (JsonProcessingException bug) {
            throw new IllegalStateException("An answer cannot be written as JSON", bug);
        }
    }
}
