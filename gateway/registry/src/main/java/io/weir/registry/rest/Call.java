package io.weir.registry.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.schema.Subject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request at its route.
 *
 * @param captured what stands at the route's open places, decoded
 */
record Call(List<String> captured, HttpQuestion question) {
    static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final Set<String> JSON_TYPES = Set.of(
            "application/vnd.schemaregistry.v1+json",
            "application/vnd.schemaregistry+json",
            "application/json",
            "application/octet-stream");

    /** The subject, which is the route's first open place. */
    String subject() {
        String subject = captured.getFirst();
        // The default context may be named; there are no others.
        String name = subject.startsWith(":.:") ? subject.substring(3) : subject;
        boolean legal = !name.isEmpty()
                && name.length() <= Subject.MAX_NAME_CHARS
                && !name.startsWith(":.")
                && name.chars().noneMatch(Character::isISOControl);
        if (!legal) {
            throw new RefusedException(
                    ErrorCode.INVALID_SUBJECT, "The specified subject '" + shortened(subject) + "' is not a valid.");
        }
        return name;
    }

    /** The schema id, which is the route's first open place. */
    int id() {
        try {
            int id = Integer.parseInt(captured.getFirst());
            if (id >= 1) {
                return id;
            }
        } catch (NumberFormatException none) {
            throw new RefusedException(ErrorCode.NOT_FOUND, "HTTP 404 Not Found");
        }
        throw new RefusedException(ErrorCode.SCHEMA_NOT_FOUND, "Schema " + captured.getFirst() + " not found");
    }

    boolean flag(String name) {
        return question.parameter(name).filter("true"::equalsIgnoreCase).isPresent();
    }

    /** A number of things to leave out or to tell; -1 for none, as clients say it. */
    int count(String name, int otherwise) {
        String text = question.parameter(name).orElse("");
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            int count = Integer.parseInt(text);
            return count < 0 ? otherwise : count;
        } catch (NumberFormatException none) {
            throw new RefusedException(ErrorCode.BAD_REQUEST, "Not a number: " + name + "=" + shortened(text));
        }
    }

    /** The body, of which no other fields than these may be there, unless they are null. */
    ObjectNode body(Set<String> fields) {
        String type = question.headers().getOrDefault("content-type", "");
        String plain = type.split(";", 2)[0].strip().toLowerCase(java.util.Locale.ROOT);
        if (!JSON_TYPES.contains(plain)) {
            throw new RefusedException(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "HTTP 415 Unsupported Media Type");
        }
        JsonNode body = parsed();
        if (!(body instanceof ObjectNode object)) {
            throw new RefusedException(ErrorCode.BAD_REQUEST, "The body is not a JSON object");
        }
        object.properties().forEach(field -> {
            if (!fields.contains(field.getKey()) && !field.getValue().isNull()) {
                throw new RefusedException(ErrorCode.UNPROCESSABLE, "Unrecognized field: " + shortened(field.getKey()));
            }
        });
        return object;
    }

    private @Nullable JsonNode parsed() {
        try {
            return JSON.readTree(
                    StandardCharsets.UTF_8.decode(question.body().duplicate()).toString());
        } catch (JsonProcessingException malformed) {
            throw new RefusedException(
                    ErrorCode.BAD_REQUEST, "The body is not JSON: " + malformed.getOriginalMessage());
        }
    }

    /** A text field of a body; empty when it is not there. */
    static String text(ObjectNode body, String field) {
        JsonNode value = body.get(field);
        if (value == null || value.isNull()) {
            return "";
        }
        if (!value.isTextual()) {
            throw new RefusedException(ErrorCode.UNPROCESSABLE, "Field " + field + " is not a string");
        }
        return value.textValue();
    }

    /** A number of a body; 0 when it is not there, or is one of the negative numbers that say so. */
    static int number(ObjectNode body, String field) {
        JsonNode value = body.get(field);
        if (value == null || value.isNull()) {
            return 0;
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw new RefusedException(ErrorCode.UNPROCESSABLE, "Field " + field + " is not a number");
        }
        return Math.max(0, value.intValue());
    }

    private static String shortened(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "…";
    }
}
