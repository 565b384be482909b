package io.weir.lakehouse.maintenance;

import static io.weir.lakehouse.maintenance.MaintainedTables.BY_DAY;
import static io.weir.lakehouse.maintenance.MaintainedTables.CONFIG;
import static io.weir.lakehouse.maintenance.MaintainedTables.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.identity.TenantId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.apache.iceberg.Table;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TablesResourceTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path staging;

    @SuppressWarnings("NullAway.Init")
    private MaintainedTables tables;

    @SuppressWarnings("NullAway.Init")
    private TablesResource resource;

    @BeforeEach
    void begin() {
        tables = new MaintainedTables(staging);
        resource = new TablesResource(new TableMaintenance(
                CONFIG,
                new TableMaintenance.Ports(
                        TenantId.DEFAULT, tables.catalog, tables.metadata, tables.files, Instant::now)));
    }

    private HttpAnswer ask(String method, String path) {
        return resource.answer(new HttpQuestion(method, path, Map.of(), Map.of(), ByteBuffer.allocate(0)));
    }

    private JsonNode answered(String method, String path) throws JsonProcessingException {
        HttpAnswer answer = ask(method, path);
        assertThat(answer.status()).isEqualTo(200);
        return json(answer);
    }

    private static JsonNode json(HttpAnswer answer) throws JsonProcessingException {
        return new ObjectMapper()
                .readTree(
                        StandardCharsets.UTF_8.decode(answer.body().duplicate()).toString());
    }

    @Test
    void listsTablesOfTopicsByName() throws Exception {
        assertThat(answered("GET", "")).isEmpty();
        tables.create("b.topic", 2, BY_DAY, Map.of());
        tables.create("a_topic", 2, BY_DAY, Map.of());
        tables.metadata.create("not fed".replace(' ', '-'), 1);
        JsonNode list = answered("GET", "");
        assertThat(list.findValuesAsText("topic")).containsExactly("a_topic", "b.topic");
        assertThat(list.get(0).get("table").asText()).isEqualTo("topics.a_topic");
    }

    @Test
    void describesATable() throws Exception {
        Table table = tables.create("b.topic", 3, BY_DAY, Map.of());
        tables.append(table, 2, 5, NOON);
        JsonNode described = answered("GET", "/b%2Etopic");
        assertThat(described.get("topic").asText()).isEqualTo("b.topic");
        assertThat(described.get("format-version").asInt()).isEqualTo(3);
        assertThat(described.get("location").asText()).isEqualTo(table.location());
        assertThat(described.get("columns").findValuesAsText("name")).containsExactly("_offset", "_timestamp", "value");
        assertThat(described.get("watermark").get("0").asLong()).isEqualTo(1000);
        assertThat(described.get("snapshot").get("rows").asLong()).isEqualTo(10);
    }

    @Test
    void showsSnapshotsNewestFirstAndFiles() throws Exception {
        Table table = tables.create("orders", 2, BY_DAY, Map.of());
        assertThat(answered("GET", "/orders/snapshots")).isEmpty();
        assertThat(answered("GET", "/orders/files")).isEmpty();
        tables.append(table, 2, 5, NOON);
        JsonNode snapshots = answered("GET", "/orders/snapshots");
        assertThat(snapshots.findValuesAsText("rows")).containsExactly("10", "5");
        assertThat(snapshots.get(0).get("snapshot").asText())
                .isEqualTo(Long.toString(table.currentSnapshot().snapshotId()));
        JsonNode files = answered("GET", "/orders/files");
        assertThat(files.findValuesAsText("partition"))
                .containsExactly("_timestamp_day=2026-11-20", "_timestamp_day=2026-11-20");
        assertThat(files.findValuesAsText("rows")).containsExactly("5", "5");
    }

    @Test
    void compactsAndExpiresWhenAskedTo() throws Exception {
        Table table = tables.create("orders", 2, BY_DAY, Map.of());
        tables.append(table, 2, 5, NOON);
        JsonNode compacted = answered("POST", "/orders/compact");
        assertThat(compacted.get("files-before").asInt()).isEqualTo(2);
        assertThat(compacted.get("files-after").asInt()).isEqualTo(1);
        assertThat(answered("GET", "/orders/files")).hasSize(1);
        assertThat(answered("POST", "/orders/compact").get("files-before").asInt())
                .isZero();
        assertThat(answered("POST", "/orders/expire").get("expired-snapshots").asInt())
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "POST, '', 405",
        "POST, /orders, 405",
        "GET, /orders/compact, 405",
        "DELETE, /orders/files, 405",
        "GET, /orders/else, 404",
        "GET, /orders/files/more, 404",
        "GET, /unknown, 404",
        "GET, /unfed, 404",
        "GET, /, 404",
        "GET, /%zz, 400"
    })
    void refusesWhatIsNotThere(String method, String path, int status) throws Exception {
        tables.create("orders", 2, BY_DAY, Map.of());
        tables.metadata.create("unfed", 1);
        HttpAnswer answer = ask(method, path);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(json(answer).get("message").asText()).isNotEmpty();
    }

    @Test
    void aStoreThatFailsIsUnavailable() throws Exception {
        Table table = tables.create("orders", 2, BY_DAY, Map.of());
        tables.append(table, 2, 5, NOON);
        tables.objects.storm();
        assertThat(ask("GET", "/orders/files").status()).isEqualTo(503);
        assertThat(ask("POST", "/orders/compact").status()).isEqualTo(503);
        tables.objects.calm();
        assertThat(answered("GET", "/orders/files").findValuesAsText("rows")).containsExactly("5", "5");
    }
}
