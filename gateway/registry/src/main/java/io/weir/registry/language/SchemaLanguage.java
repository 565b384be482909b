package io.weir.registry.language;

import io.weir.contracts.schema.SchemaType;
import java.util.List;

/**
 * A language that schemas are written in.
 *
 * <p>Threading: immutable; any thread. Calls take time in proportion to the texts, up to the bounds that each language
 * names, and never reach beyond them: nothing is fetched from anywhere.
 */
public interface SchemaLanguage {
    /** Deepest nesting of brackets in a text: parsers recurse. */
    int MAX_NESTING = 128;

    SchemaType type();

    /**
     * Parses a schema as a client has sent it.
     *
     * @param dependencies canonical texts that it may refer to, each behind those it refers to itself
     */
    Parsing parse(String text, List<Dependency> dependencies);

    /**
     * The canonical form that is asked for by {@code normalize}, which equal schemas share more often.
     *
     * @param canonical of a schema that could be parsed
     */
    default String normalized(String canonical) {
        return canonical;
    }

    /**
     * A schema that another refers to.
     *
     * @param name by which it does
     */
    record Dependency(String name, String text) {}
}
