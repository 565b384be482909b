package io.weir.registry.language;

import java.util.List;
import java.util.Optional;

/** A schema that its language understands, with everything it refers to. Threading: immutable. */
public interface ParsedSchema {
    /** Most obstacles that are told. */
    int MAX_OBSTACLES = 100;

    /** Equal texts are one schema. Parsed again, it is its own canonical form. */
    String canonical();

    /**
     * Why this schema cannot read what the other wrote; empty when it can.
     *
     * @param writer of the same language
     * @return at most {@link #MAX_OBSTACLES}
     */
    List<String> obstacles(ParsedSchema writer);

    /**
     * What must not change between this schema and an older one, whichever of them reads what the other wrote.
     *
     * @param older of the same language
     * @return at most {@link #MAX_OBSTACLES}
     */
    default List<String> breaches(ParsedSchema older) {
        return List.of();
    }

    /** In the language's binary form, in base 64, where it has one. */
    default Optional<String> serialized() {
        return Optional.empty();
    }
}
