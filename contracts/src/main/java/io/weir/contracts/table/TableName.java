package io.weir.contracts.table;

import java.util.List;

/**
 * A table's name in its tenant's catalog.
 *
 * @param namespace the levels of a {@link Namespace}
 * @param name 1 to 255 characters without control characters
 */
public record TableName(List<String> namespace, String name) {
    public static final int MAX_CHARS = 255;

    public TableName {
        namespace = List.copyOf(namespace);
        namespace.forEach(TableName::requireLegal);
        requireLegal(name);
    }

    static void requireLegal(String part) {
        if (part.isEmpty() || part.length() > MAX_CHARS || part.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("Illegal name '" + part + "' of " + part.length() + " characters: 1 to "
                    + MAX_CHARS + " without control characters are allowed");
        }
    }

    @Override
    public String toString() {
        return String.join(".", namespace) + "." + name;
    }
}
