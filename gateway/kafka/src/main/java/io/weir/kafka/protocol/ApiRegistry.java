package io.weir.kafka.protocol;

import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;

/**
 * Which handler answers which API. What is in here is what is advertised, and nothing else.
 *
 * <p>Threading: immutable.
 */
public final class ApiRegistry {
    private final Map<ApiKeys, ApiHandler> handlers = new EnumMap<>(ApiKeys.class);

    public ApiRegistry(Collection<? extends ApiHandler> handlers) {
        for (ApiHandler handler : handlers) {
            for (ApiKeys key : handler.keys()) {
                if (this.handlers.put(key, handler) != null) {
                    throw new IllegalArgumentException("Two handlers for " + key);
                }
            }
        }
    }

    public @Nullable ApiHandler handler(ApiKeys key) {
        return handlers.get(key);
    }

    public Set<ApiKeys> keys() {
        return handlers.isEmpty() ? EnumSet.noneOf(ApiKeys.class) : EnumSet.copyOf(handlers.keySet());
    }
}
