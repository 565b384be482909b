package io.weir.contracts.http;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request.
 *
 * @param method in upper case
 * @param path below the resource's prefix, as sent: still percent-encoded, with a leading slash, or empty
 * @param query decoded parameters in order of their first appearance
 * @param headers by name in lower case, the first value of each
 * @param body from position to limit; not changed by anybody
 */
public record HttpQuestion(
        String method, String path, Map<String, List<String>> query, Map<String, String> headers, ByteBuffer body) {
    /** The first value of a parameter. */
    public Optional<String> parameter(String name) {
        List<String> values = query.getOrDefault(name, List.of());
        return values.isEmpty() ? Optional.empty() : Optional.of(values.getFirst());
    }
}
