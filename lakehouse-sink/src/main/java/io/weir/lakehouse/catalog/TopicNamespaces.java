package io.weir.lakehouse.catalog;

import io.weir.contracts.metadata.Topic;
import io.weir.contracts.table.TableName;
import java.util.List;
import java.util.UUID;

/** The namespaces that hold what Weir makes of topics, and what is in them; nobody else makes tables there. */
public final class TopicNamespaces {
    /** A table for each topic, under its name. */
    public static final List<String> TOPICS = List.of("topics");

    /** For each topic, the records that have no place in its table. */
    public static final List<String> DEAD_LETTERS = List.of("dead_letters");

    private TopicNamespaces() {}

    static boolean contain(List<String> levels) {
        return levels.equals(TOPICS) || levels.equals(DEAD_LETTERS);
    }

    public static TableName table(Topic topic) {
        return new TableName(TOPICS, topic.name());
    }

    public static TableName deadLetters(Topic topic) {
        return new TableName(DEAD_LETTERS, topic.name());
    }

    /**
     * Of a new table; a table created again under its name lies elsewhere.
     *
     * @param root of the warehouse
     */
    public static String location(String root, Topic topic, TableName name, UUID table) {
        return root + "/" + topic.tenant() + "/" + name.namespace().getFirst() + "/" + name.name() + "-" + table;
    }
}
