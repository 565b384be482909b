package io.weir.contracts.table;

import java.util.List;
import java.util.Map;

/**
 * A level of names in a tenant's catalog.
 *
 * @param levels 1 to 8, each 1 to 255 characters without control characters
 * @param properties at most {@link #MAX_PROPERTIES}
 */
public record Namespace(List<String> levels, Map<String, String> properties) {
    public static final int MAX_LEVELS = 8;
    public static final int MAX_PROPERTIES = 64;

    /** Longest name of a property. */
    public static final int MAX_PROPERTY_NAME_CHARS = 128;

    /** Longest value of a property. */
    public static final int MAX_PROPERTY_VALUE_CHARS = 1024;

    public Namespace {
        levels = List.copyOf(levels);
        properties = Map.copyOf(properties);
        if (levels.isEmpty() || levels.size() > MAX_LEVELS) {
            throw new IllegalArgumentException("A namespace has 1 to " + MAX_LEVELS + " levels, not " + levels.size());
        }
        levels.forEach(TableName::requireLegal);
    }
}
