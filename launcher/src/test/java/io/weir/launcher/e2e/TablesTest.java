package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.ServerProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Topics are tables: what was produced is read through the catalog and the S3 endpoint. */
@Tag("e2e")
class TablesTest {
    private static final Duration IN_THE_TABLE_WITHIN = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private static void weir(ServerProcess server, String input, String... words) {
        Weir.command()
                .with(words)
                .with("--bootstrap", server.bootstrap())
                .withInput(input)
                .within(Duration.ofSeconds(60))
                .run()
                .succeeded();
    }

    private static String lines(String prefix, int count) {
        return IntStream.range(0, count).mapToObj(i -> prefix + i + "\n").collect(Collectors.joining());
    }

    private static void awaitRows(Catalog catalog, TableIdentifier table, long rows) {
        Await.until(rows + " rows in " + table, IN_THE_TABLE_WITHIN, () -> catalog.rows(table) >= rows);
        assertThat(catalog.rows(table)).isEqualTo(rows);
    }

    @Test
    void whatIsProducedIsInTheTableOnceAndAfterAKillToo() throws Exception {
        TableIdentifier orders = TableIdentifier.of("topics", "orders");
        try (ServerProcess server =
                Weir.server("tables", directory.resolve("data")).start()) {
            weir(
                    server,
                    "",
                    "topic",
                    "create",
                    "orders",
                    "--partitions",
                    "3",
                    "--config",
                    "table.commit-interval=500ms",
                    "--config",
                    "table.value-format=utf8");
            weir(server, lines("a", 1_000), "produce", "orders");
            try (Catalog catalog = new Catalog(server.admin(), directory)) {
                awaitRows(catalog, orders, 1_000);
            }

            weir(server, lines("b", 500), "produce", "orders");
            server.kill();
            server.start();

            try (Catalog catalog = new Catalog(server.admin(), directory)) {
                awaitRows(catalog, orders, 1_500);
                assertThat(values(catalog.tables().loadTable(orders))).containsExactlyInAnyOrderElementsOf(expected());
            }
        }
    }

    private static List<String> expected() {
        List<String> expected = new ArrayList<>();
        IntStream.range(0, 1_000).forEach(i -> expected.add("a" + i));
        IntStream.range(0, 500).forEach(i -> expected.add("b" + i));
        return expected;
    }

    private static List<String> values(Table table) throws IOException {
        List<String> values = new ArrayList<>();
        try (CloseableIterable<Record> records = IcebergGenerics.read(table).build()) {
            for (Record record : records) {
                Object value = record.getField("value");
                values.add(value instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : value + "");
            }
        }
        return values;
    }

    @Test
    void aTopicMadeAgainUnderItsNameIsAnotherTable() throws Exception {
        TableIdentifier orders = TableIdentifier.of("topics", "orders");
        try (ServerProcess server =
                        Weir.server("tables-again", directory.resolve("data")).start();
                Catalog catalog = new Catalog(server.admin(), directory)) {
            weir(server, "", "topic", "create", "orders", "--config", "table.commit-interval=500ms");
            weir(server, lines("a", 10), "produce", "orders");
            awaitRows(catalog, orders, 10);
            String first = catalog.tables().loadTable(orders).uuid().toString();

            weir(server, "", "topic", "delete", "orders");
            assertThat(catalog.tables().tableExists(orders)).isFalse();
            weir(server, "", "topic", "create", "orders", "--config", "table.commit-interval=500ms");
            weir(server, lines("b", 3), "produce", "orders");

            awaitRows(catalog, orders, 3);
            assertThat(catalog.tables().loadTable(orders).uuid().toString()).isNotEqualTo(first);
        }
    }

    @Test
    void aUsersOwnTableOutlivesAKill() throws Exception {
        TableIdentifier mine = TableIdentifier.of("mine", "notes");
        try (ServerProcess server =
                Weir.server("tables-own", directory.resolve("data")).start()) {
            try (Catalog catalog = new Catalog(server.admin(), directory)) {
                catalog.tables().createNamespace(mine.namespace(), new HashMap<>());
                catalog.tables().createTable(mine, catalogSchema());
            }

            server.kill();
            server.start();

            try (Catalog catalog = new Catalog(server.admin(), directory)) {
                assertThat(catalog.rows(mine)).isZero();
                assertThat(catalog.tables().loadTable(mine).schema().columns()).hasSize(1);
            }
        }
    }

    private static Schema catalogSchema() {
        return new Schema(Types.NestedField.required(1, "note", Types.StringType.get()));
    }
}
