package io.weir.lakehouse.feed;

import io.weir.contracts.metadata.Topic;
import io.weir.contracts.table.TableName;
import java.util.List;
import java.util.UUID;

/** What a topic's tables are called, and where they lie. */
final class TableNames {
    static final List<String> TOPICS = List.of("topics");
    static final List<String> DEAD_LETTERS = List.of("dead_letters");

    private TableNames() {}

    static TableName table(Topic topic) {
        return new TableName(TOPICS, topic.name());
    }

    static TableName deadLetters(Topic topic) {
        return new TableName(DEAD_LETTERS, topic.name());
    }

    /** Of a new table; a table created again under its name lies elsewhere. */
    static String location(String root, Topic topic, TableName name, UUID table) {
        return root + "/" + topic.tenant() + "/" + name.namespace().getFirst() + "/" + name.name() + "-" + table;
    }
}
