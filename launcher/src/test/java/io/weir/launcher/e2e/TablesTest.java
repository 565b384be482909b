package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.iceberg.Schema;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Topics that are filled by the command, and a user's own tables, over a kill of the server. */
@Tag("e2e")
class TablesTest {
    private static final Duration IN_THE_TABLE_WITHIN = Duration.ofSeconds(90);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    private static void weir(ServerProcess server, String input, String... words) {
        Weir.command()
                .with(words)
                .with("--bootstrap", server.bootstrap())
                .withInput(input)
                .within(Duration.ofSeconds(60))
                .run()
                .succeeded();
    }

    private static List<String> lines(String prefix, int count) {
        return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
    }

    private static String text(List<String> lines) {
        return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    }

    private static List<String> values(Lake lake, String topic, int count) throws Exception {
        Await.until(count + " rows of " + topic, IN_THE_TABLE_WITHIN, () -> lake.count(Lake.TOPICS, topic) >= count);
        return lake.rows(Lake.TOPICS, topic).stream()
                .map(row -> (String) row.getField("value"))
                .toList();
    }

    @Test
    void whatIsProducedIsInTheTableOnceAndAUsersOwnTableStaysOverAKill() throws Exception {
        TableIdentifier mine = TableIdentifier.of("mine", "notes");
        List<String> before = lines("a", 1_000);
        List<String> after = lines("b", 500);
        try (ServerProcess server =
                Weir.server("tables", directory.resolve("data")).start()) {
            // Given
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
            weir(server, text(before), "produce", "orders");
            try (Lake lake = new Lake(server.admin(), directory)) {
                assertThat(values(lake, "orders", before.size())).containsExactlyInAnyOrderElementsOf(before);
                lake.catalog().createNamespace(mine.namespace(), new HashMap<>());
                lake.catalog()
                        .createTable(mine, new Schema(Types.NestedField.required(1, "note", Types.StringType.get())));
            }

            // When
            weir(server, text(after), "produce", "orders");
            server.kill();
            server.start();

            // Then
            try (Lake lake = new Lake(server.admin(), directory)) {
                assertThat(values(lake, "orders", before.size() + after.size()))
                        .containsExactlyInAnyOrderElementsOf(
                                Stream.concat(before.stream(), after.stream()).toList());
                assertThat(lake.rows("mine", "notes")).isEmpty();
                assertThat(lake.catalog().loadTable(mine).schema().columns()).hasSize(1);
            }
        }
    }
}
