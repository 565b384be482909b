package io.weir.registry.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds a request's route, and puts what it answers into the form that the client accepts. */
public final class RegistryApi {
    private static final String DEFAULT_TYPE = "application/vnd.schemaregistry.v1+json";

    private static final List<String> OTHER_TYPES = List.of("application/vnd.schemaregistry+json", "application/json");

    private static final int OK = 200;

    private final List<Route> routes;

    private RegistryApi(List<Route> routes) {
        this.routes = routes;
    }

    /** The whole API over its parts. */
    public static RegistryApi over(RegistryParts parts) {
        Subjects subjects = new Subjects(parts.tenant(), parts.metadata());
        return new RegistryApi(Stream.of(
                        Stream.of(
                                Route.to("GET", "", call -> Call.JSON.createObjectNode()),
                                Route.to("GET", "/", call -> Call.JSON.createObjectNode())),
                        new SchemaRoutes(subjects, parts.registrations()).routes(),
                        new SubjectRoutes(subjects, parts.commands(), parts.registrations(), parts.awaiting()).routes(),
                        new CompatibilityRoutes(subjects, parts.registrations()).routes(),
                        new SettingRoutes(subjects, parts.commands(), parts.awaiting()).routes())
                .flatMap(part -> part)
                .toList());
    }

    /** The answer, an error too. */
    public HttpAnswer answer(HttpQuestion question) {
        String type = accepted(question);
        try {
            return written(OK, type, answered(question));
        } catch (RefusedException refused) {
            return error(type, refused.code(), String.valueOf(refused.getMessage()));
        } catch (ServiceException failed) {
            return error(type, ErrorCode.of(failed.code()), failed.code() + ": " + failed.getMessage());
        }
    }

    private JsonNode answered(HttpQuestion question) {
        List<String> path = steps(question.path());
        boolean otherMethod = false;
        for (Route route : routes) {
            Optional<List<String>> captured = route.captured(path);
            if (captured.isPresent() && route.method().equals(question.method())) {
                return route.answer().apply(new Call(captured.get(), question));
            }
            otherMethod |= captured.isPresent();
        }
        throw otherMethod
                ? new RefusedException(ErrorCode.METHOD_NOT_ALLOWED, "HTTP 405 Method Not Allowed")
                : new RefusedException(ErrorCode.NOT_FOUND, "HTTP 404 Not Found");
    }

    /** The path's steps, decoded one by one: a subject may have a slash in it. */
    private static List<String> steps(String path) {
        try {
            return Stream.of(path.split("/", -1))
                    // A plus is a plus in a path.
                    .map(step -> URLDecoder.decode(step.replace("+", "%2B"), StandardCharsets.UTF_8))
                    .toList();
        } catch (IllegalArgumentException malformed) {
            throw new RefusedException(ErrorCode.BAD_REQUEST, "The path is not percent-encoded");
        }
    }

    private static String accepted(HttpQuestion question) {
        String accept = question.headers().getOrDefault("accept", "");
        if (accept.isEmpty() || accept.contains(DEFAULT_TYPE) || accept.contains("*/*")) {
            return DEFAULT_TYPE;
        }
        return OTHER_TYPES.stream().filter(accept::contains).findFirst().orElse(DEFAULT_TYPE);
    }

    private static HttpAnswer error(String type, ErrorCode code, String message) {
        return written(
                code.status(),
                type,
                Call.JSON.createObjectNode().put("error_code", code.code()).put("message", message));
    }

    private static HttpAnswer written(int status, String type, JsonNode body) {
        try {
            return new HttpAnswer(status, type, Map.of(), ByteBuffer.wrap(Call.JSON.writeValueAsBytes(body)));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("An answer cannot be written", impossible);
        }
    }
}
