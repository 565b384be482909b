package io.weir.registry.language;

/** What became of a text. */
public sealed interface Parsing {
    /** It is a schema. */
    record Parsed(ParsedSchema schema) implements Parsing {}

    /** It is none, or one beyond a bound. */
    record Invalid(String reason) implements Parsing {
        private static final int MAX_REASON_CHARS = 1_000;

        public Invalid {
            reason = reason.length() <= MAX_REASON_CHARS ? reason : reason.substring(0, MAX_REASON_CHARS) + "…";
        }

        /** What a parser has thrown, in its own words. */
        public static Invalid because(Throwable thrown) {
            return new Invalid(thrown.getMessage() == null ? thrown.getClass().getSimpleName() : thrown.getMessage());
        }

        /** The parser ran out of stack, though the text alone is within bounds. */
        public static Invalid tooDeep() {
            return new Invalid("Definitions refer to each other too deeply");
        }
    }
}
