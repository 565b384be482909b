package io.weir.contracts.object;

import java.util.regex.Pattern;

/**
 * The name of an object in the store, relative to the configured prefix.
 *
 * @param value 1 to 512 characters of {@code [/A-Za-z0-9._=%+*-]}, with no empty, {@code .} or {@code ..} element
 */
public record ObjectKey(String value) implements Comparable<ObjectKey> {
    public static final int MAX_CHARS = 512;

    private static final Pattern LEGAL =
            Pattern.compile("(?!\\.{1,2}(/|$))[A-Za-z0-9._=%+*-]+(/(?!\\.{1,2}(/|$))[A-Za-z0-9._=%+*-]+)*");

    public ObjectKey {
        if (!isLegal(value)) {
            throw new IllegalArgumentException("Illegal object key '" + value + "'");
        }
    }

    /** Whether the text can be a key. */
    public static boolean isLegal(String value) {
        return value.length() <= MAX_CHARS && LEGAL.matcher(value).matches();
    }

    @Override
    public int compareTo(ObjectKey other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
