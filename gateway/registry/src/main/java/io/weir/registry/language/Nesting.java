package io.weir.registry.language;

/**
 * How deep the brackets of a text go, told before a recursive parser sees it. Brackets in strings do not count, nor do
 * those in comments where the language has them.
 */
public final class Nesting {
    private static final String OPENING = "{[(";
    private static final String CLOSING = "}])";

    private final String text;
    private final String quotes;
    private final boolean comments;
    private int position;

    private Nesting(String text, String quotes, boolean comments) {
        this.text = text;
        this.quotes = quotes;
        this.comments = comments;
    }

    /** The deepest nesting of a JSON text. */
    public static int ofJson(String text) {
        return new Nesting(text, "\"", false).deepest();
    }

    /** The deepest nesting of a text with comments and single quotes, as Protobuf's. */
    public static int ofSource(String text) {
        return new Nesting(text, "\"'", true).deepest();
    }

    private int deepest() {
        int depth = 0;
        int deepest = 0;
        while (position < text.length()) {
            char c = text.charAt(position);
            if (OPENING.indexOf(c) >= 0) {
                depth++;
                deepest = Math.max(deepest, depth);
            } else if (CLOSING.indexOf(c) >= 0) {
                depth = Math.max(0, depth - 1);
            } else if (quotes.indexOf(c) >= 0) {
                skipString(c);
            } else if (comments && c == '/') {
                skipComment();
            }
            position++;
        }
        return deepest;
    }

    /** To the closing quote, or the end. */
    private void skipString(char quote) {
        for (position++; position < text.length() && text.charAt(position) != quote; position++) {
            if (text.charAt(position) == '\\') {
                position++;
            }
        }
    }

    /** To the last character of a comment, where one begins. */
    private void skipComment() {
        if (text.startsWith("//", position)) {
            int end = text.indexOf('\n', position);
            position = end < 0 ? text.length() : end;
        } else if (text.startsWith("/*", position)) {
            int end = text.indexOf("*/", position + 2);
            position = end < 0 ? text.length() : end + 1;
        }
    }
}
