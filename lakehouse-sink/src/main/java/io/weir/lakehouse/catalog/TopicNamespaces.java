package io.weir.lakehouse.catalog;

import java.util.List;

/** The namespaces that hold what Weir makes of topics; nobody else makes tables there. */
public final class TopicNamespaces {
    /** A table for each topic, under its name. */
    public static final List<String> TOPICS = List.of("topics");

    /** For each topic, the records that have no place in its table. */
    public static final List<String> DEAD_LETTERS = List.of("dead_letters");

    private TopicNamespaces() {}

    static boolean contain(List<String> levels) {
        return levels.equals(TOPICS) || levels.equals(DEAD_LETTERS);
    }
}
