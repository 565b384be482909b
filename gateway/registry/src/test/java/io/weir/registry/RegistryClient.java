package io.weir.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.identity.TenantId;
import io.weir.testsupport.metadata.MemoryMetadata;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Asks a registry over metadata in memory, as a client would over HTTP. */
final class RegistryClient implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();

    private static final String TYPE = "application/vnd.schemaregistry.v1+json";

    final MemoryMetadata metadata = new MemoryMetadata();
    final SchemaRegistry registry;
    private final Map<String, String> headers = new HashMap<>(Map.of("content-type", TYPE));

    RegistryClient() {
        this(RegistryConfig.DEFAULT);
    }

    RegistryClient(RegistryConfig config) {
        registry = new SchemaRegistry(TenantId.DEFAULT, metadata, metadata.schemas(), config);
    }

    /** Sends a header from now on. */
    RegistryClient with(String name, String value) {
        headers.put(name, value);
        return this;
    }

    Answer get(String path) {
        return ask("GET", path, "");
    }

    Answer delete(String path) {
        return ask("DELETE", path, "");
    }

    Answer put(String path, String body) {
        return ask("PUT", path, body);
    }

    Answer post(String path, String body) {
        return ask("POST", path, body);
    }

    /** Registers an Avro schema; the id. */
    int avro(String subject, String schema) {
        return post("/subjects/" + subject + "/versions", submission("AVRO", schema))
                .ok()
                .get("id")
                .intValue();
    }

    /** A body with a schema; each reference as {@code name, subject, version}. */
    static String submission(String type, String schema, String... references) {
        ObjectNode body = JSON.createObjectNode().put("schema", schema).put("schemaType", type);
        if (references.length > 0) {
            var list = body.putArray("references");
            for (int i = 0; i < references.length; i += 3) {
                list.addObject()
                        .put("name", references[i])
                        .put("subject", references[i + 1])
                        .put("version", Integer.parseInt(references[i + 2]));
            }
        }
        return body.toString();
    }

    Answer ask(String method, String path, String body) {
        String[] parts = path.split("\\?", 2);
        HttpAnswer answer = registry.answer(new HttpQuestion(
                method,
                parts[0],
                parts.length == 1 ? Map.of() : query(parts[1]),
                headers,
                ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8))));
        return new Answer(
                answer.status(),
                answer.contentType(),
                StandardCharsets.UTF_8.decode(answer.body().duplicate()).toString());
    }

    private static Map<String, List<String>> query(String query) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        for (String part : query.split("&", -1)) {
            String[] pair = part.split("=", 2);
            parameters
                    .computeIfAbsent(pair[0], name -> new ArrayList<>())
                    .add(URLDecoder.decode(pair.length == 1 ? "" : pair[1], StandardCharsets.UTF_8));
        }
        return parameters;
    }

    @Override
    public void close() {
        registry.close();
    }

    /** What came back. */
    record Answer(int status, String type, String text) {
        JsonNode json() {
            try {
                return JSON.readTree(text);
            } catch (JsonProcessingException malformed) {
                throw new AssertionError("Not JSON: " + text, malformed);
            }
        }

        JsonNode ok() {
            if (status != 200) {
                throw new AssertionError(status + ": " + text);
            }
            return json();
        }

        /** Status and error code, as {@code 404/40401}. */
        String error() {
            return status + "/" + json().path("error_code").asText("none");
        }

        String message() {
            return json().path("message").asText("");
        }
    }
}
