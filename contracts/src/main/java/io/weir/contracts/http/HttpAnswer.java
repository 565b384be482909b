package io.weir.contracts.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * An answer.
 *
 * @param contentType empty when there is no body
 * @param headers further ones, by name
 * @param body from position to limit; not changed by anybody
 */
public record HttpAnswer(int status, String contentType, Map<String, String> headers, ByteBuffer body) {
    private static final int NO_CONTENT = 204;

    public HttpAnswer {
        headers = Map.copyOf(headers);
    }

    public static HttpAnswer json(int status, String json) {
        return new HttpAnswer(status, "application/json", Map.of(), StandardCharsets.UTF_8.encode(json));
    }

    /** 204, without a body. */
    public static HttpAnswer noContent() {
        return new HttpAnswer(NO_CONTENT, "", Map.of(), ByteBuffer.allocate(0));
    }
}
