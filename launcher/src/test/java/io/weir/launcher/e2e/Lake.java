package io.weir.launcher.e2e;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.io.CloseableIterable;

/**
 * What is in topics' tables, through a server's catalog.
 *
 * <p>Threading: one thread.
 */
final class Lake implements AutoCloseable {
    static final String TOPICS = "topics";
    static final String DEAD_LETTERS = "dead_letters";

    private final Catalog catalog;

    Lake(URI admin, Path staging) {
        catalog = new Catalog(admin, staging);
    }

    Optional<Table> table(String namespace, String name) {
        try {
            return Optional.of(catalog.tables().loadTable(TableIdentifier.of(namespace, name)));
        } catch (NoSuchTableException absent) {
            return Optional.empty();
        }
    }

    /** The topic's table, which is there. */
    Table topic(String name) {
        return table(TOPICS, name).orElseThrow();
    }

    /** Gives out the rows of the present snapshot; none where there is no table. */
    void each(String namespace, String name, Consumer<Record> consumer) throws IOException {
        Optional<Table> table = table(namespace, name);
        if (table.isPresent()) {
            try (CloseableIterable<Record> rows =
                    IcebergGenerics.read(table.get()).build()) {
                rows.forEach(consumer);
            }
        }
    }

    List<Record> rows(String namespace, String name) throws IOException {
        List<Record> rows = new ArrayList<>();
        each(namespace, name, row -> rows.add(row.copy()));
        return rows;
    }

    /** How many rows the present snapshot says there are. */
    long count(String namespace, String name) {
        return table(namespace, name)
                .flatMap(table -> Optional.ofNullable(table.currentSnapshot()))
                .map(snapshot -> Long.parseLong(snapshot.summary().getOrDefault("total-records", "0")))
                .orElse(0L);
    }

    @Override
    public void close() throws IOException {
        catalog.close();
    }
}
