package io.weir.lakehouse.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.identity.TenantId;
import io.weir.lakehouse.catalog.CatalogPorts;
import io.weir.lakehouse.catalog.MetadataFiles;
import io.weir.lakehouse.catalog.PointerCatalog;
import io.weir.lakehouse.storage.StorageConfig;
import io.weir.lakehouse.storage.Warehouse;
import io.weir.lakehouse.storage.WarehouseFiles;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.testsupport.object.MemoryObjectStore;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BadRequestsTest {
    private static final String TABLE = """
            {"name":"orders","schema":{"type":"struct","fields":[\
            {"id":1,"name":"id","type":"long","required":true},\
            {"id":2,"name":"tags","required":false,"type":{"type":"list","element-id":3,"element":"string",\
            "element-required":true}}]},\
            "partition-spec":{"spec-id":0,"fields":[{"name":"id_b","transform":"bucket[4]","source-id":1,\
            "field-id":1000}]},"write-order":null,"stage-create":false,"properties":{"a":"b"}}""";
    private static final String UPDATE = """
            {"requirements":[{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":null}],\
            "updates":[{"action":"set-properties","updates":{"a":"c"}},{"action":"remove-properties",\
            "removals":["x"]}]}""";

    private final MemoryMetadata metadata = new MemoryMetadata();
    private final MemoryObjectStore objects = new MemoryObjectStore();

    @SuppressWarnings("NullAway.Init")
    private CatalogResource resource;

    @BeforeEach
    void open(@TempDir Path staging) {
        WarehouseFiles files = new WarehouseFiles(Warehouse.of("weir", ""), objects, StorageConfig.stagingIn(staging));
        resource = new CatalogResource(
                new PointerCatalog(new CatalogPorts(
                        TenantId.DEFAULT,
                        () -> metadata.image().tables(),
                        metadata.tables(),
                        new MetadataFiles(files))),
                new ClientSettings(Optional.empty(), "eu-central-1", false, Optional.empty()));
        assertThat(post("/v1/namespaces", "{\"namespace\":[\"shop\"],\"properties\":{}}")
                        .status())
                .isEqualTo(200);
        assertThat(post("/v1/namespaces/shop/tables", TABLE).status()).isEqualTo(200);
    }

    private HttpAnswer ask(String method, String path, String body) {
        String[] parts = path.split("\\?", 2);
        Map<String, List<String>> query = parts.length < 2
                ? Map.of()
                : Arrays.stream(parts[1].split("&"))
                        .map(pair -> pair.split("=", 2))
                        .collect(Collectors.toMap(pair -> pair[0], pair -> List.of(pair[1])));
        return resource.answer(
                new HttpQuestion(method, parts[0], query, Map.of(), StandardCharsets.UTF_8.encode(body)));
    }

    private HttpAnswer post(String path, String body) {
        return ask("POST", path, body);
    }

    private static JsonNode json(HttpAnswer answer) throws Exception {
        byte[] bytes = new byte[answer.body().remaining()];
        answer.body().duplicate().get(bytes);
        return new ObjectMapper().readTree(bytes);
    }

    private static void assertRefused(HttpAnswer answer, int status) throws Exception {
        assertThat(answer.status()).isEqualTo(status);
        JsonNode error = json(answer).path("error");
        assertThat(error.path("code").asInt()).isEqualTo(status);
        assertThat(error.path("type").asText()).isNotEmpty();
        assertThat(error.path("message").asText()).isNotEmpty();
        assertThat(error.has("stack")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/v2/config",
                "/v1",
                "/v1/",
                "/v1/nothing",
                "/v1/config/x",
                "/v1/tables",
                "/v1/tables/x",
                "/v1/transactions",
                "/v1/namespaces/shop/x",
                "/v1/namespaces/shop/tables/orders/x",
                "/v1/namespaces/shop/tables/orders/metrics/x",
                "/v1/namespaces/shop/views/v"
            })
    void answersAPathThatIsNoneWith404(String path) throws Exception {
        assertRefused(ask("GET", path, ""), 404);
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /v1/config",
        "PUT, /v1/namespaces",
        "PUT, /v1/namespaces/shop",
        "GET, /v1/namespaces/shop/properties",
        "DELETE, /v1/namespaces/shop/tables",
        "GET, /v1/namespaces/shop/register",
        "PUT, /v1/namespaces/shop/tables/orders",
        "GET, /v1/namespaces/shop/tables/orders/metrics",
        "GET, /v1/tables/rename",
        "GET, /v1/transactions/commit",
        "POST, /v1/namespaces/shop/views"
    })
    void answersAMethodThatIsNotPossibleWith405(String method, String path) throws Exception {
        assertRefused(ask(method, path, ""), 405);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/namespaces//tables",
        "GET, /v1/namespaces/%00/tables",
        "GET, /v1/namespaces/shop/tables/",
        "GET, /v1/namespaces/shop/tables/a%0Ab",
        "GET, /v1/namespaces/a%1Fb%1Fc%1Fd%1Fe%1Ff%1Fg%1Fh%1Fi",
        "GET, /v1/namespaces?pageToken=&pageSize=0",
        "GET, /v1/namespaces?pageToken=&pageSize=-1",
        "GET, /v1/namespaces?pageToken=-1&pageSize=1",
        "GET, /v1/namespaces?pageToken=x&pageSize=1",
        "GET, /v1/namespaces?pageToken=2147483647&pageSize=1",
        "GET, /v1/namespaces/shop/tables?pageToken=&pageSize=9999999999",
        "GET, /v1/namespaces/shop/tables/orders?snapshots=some",
        "DELETE, /v1/namespaces/shop/tables/orders?purgeRequested=maybe"
    })
    void answersNamesAndParametersThatAreNoneWith400(String method, String path) throws Exception {
        assertRefused(ask(method, path, ""), 400);
    }

    @Test
    void answersANameThatIsTooLongWith400() throws Exception {
        assertThat(ask("GET", "/v1/namespaces/shop/tables/" + "n".repeat(255), "")
                        .status())
                .isEqualTo(404);
        assertRefused(ask("GET", "/v1/namespaces/shop/tables/" + "n".repeat(256), ""), 400);
        assertRefused(ask("GET", "/v1/namespaces/shop/tables/" + "n".repeat(1 << 16), ""), 400);
        assertRefused(ask("GET", "/v1/namespaces/" + "n".repeat(1 << 16), ""), 400);
    }

    @Test
    void aPageIsNeverLargerThanItsBound() throws Exception {
        HttpAnswer answer = ask("GET", "/v1/namespaces?pageToken=&pageSize=" + Integer.MAX_VALUE, "");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(json(answer).path("namespaces")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/namespaces",
                "/v1/namespaces/shop/properties",
                "/v1/namespaces/shop/tables",
                "/v1/namespaces/shop/register",
                "/v1/namespaces/shop/tables/orders",
                "/v1/namespaces/shop/tables/orders/metrics",
                "/v1/tables/rename",
                "/v1/transactions/commit"
            })
    void answersABodyThatIsNoneWith400(String path) throws Exception {
        for (String body : List.of("", "null", "{", "[]", "1", "\"x\"", "{\"a\":", "[".repeat(100_000))) {
            assertRefused(post(path, body), 400);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/namespaces/shop/tables", "/v1/namespaces/shop/tables/orders"})
    void answersWhateverIsInABodyWithoutFailing(String path) {
        String valid = path.endsWith("orders") ? UPDATE : TABLE;
        for (int length = 0; length < valid.length(); length++) {
            assertThat(post(path, valid.substring(0, length)).status()).isEqualTo(400);
        }
        Random random = new Random(20_261_121);
        byte[] bytes = valid.getBytes(StandardCharsets.UTF_8);
        for (int round = 0; round < 2_000; round++) {
            byte[] mutated = bytes.clone();
            for (int i = 0; i <= random.nextInt(3); i++) {
                mutated[random.nextInt(mutated.length)] = (byte) (32 + random.nextInt(95));
            }
            HttpAnswer answer =
                    resource.answer(new HttpQuestion("POST", path, Map.of(), Map.of(), ByteBuffer.wrap(mutated)));
            assertThat(answer.status())
                    .as("round %s: %s", round, new String(mutated, StandardCharsets.UTF_8))
                    .isIn(200, 400, 404, 406, 409);
        }
    }

    @Test
    void refusesATransactionOfTooManyTables() throws Exception {
        String change =
                "{\"identifier\":{\"namespace\":[\"shop\"],\"name\":\"t%d\"},\"requirements\":[]," + "\"updates\":[]}";
        String changes = java.util.stream.IntStream.rangeClosed(0, 64)
                .mapToObj(change::formatted)
                .collect(Collectors.joining(",", "{\"table-changes\":[", "]}"));

        assertRefused(post("/v1/transactions/commit", changes), 400);
    }

    @Test
    void aFailureOfTheMetadataIsTemporary() throws Exception {
        metadata.tables().failNext(FailureCode.NOT_LEADER);

        assertRefused(ask("DELETE", "/v1/namespaces/shop/tables/orders", ""), 503);
        assertThat(ask("HEAD", "/v1/namespaces/shop/tables/orders", "").status())
                .isEqualTo(204);
    }

    @Test
    void viewsAreListedEmpty() throws Exception {
        assertThat(json(ask("GET", "/v1/namespaces/shop/views", "")).path("identifiers"))
                .isEmpty();
        assertRefused(ask("GET", "/v1/namespaces/nowhere/views", ""), 404);
    }

    @Test
    void saysNothingOfKeysThatClientsBringThemselves() throws Exception {
        JsonNode config =
                json(ask("GET", "/v1/namespaces/shop/tables/orders", "")).path("config");

        assertThat(config.path("client.region").asText()).isEqualTo("eu-central-1");
        assertThat(config.has("s3.access-key-id")).isFalse();
        assertThat(config.has("s3.endpoint")).isFalse();
        assertThat(json(ask("GET", "/v1/config", "")).path("endpoints")).hasSize(17);
    }

    @Test
    void takesMetricsAndKeepsNone() {
        String report = """
                {"report-type":"scan-report","table-name":"orders","snapshot-id":1,"filter":true,"schema-id":0,\
                "projected-field-ids":[],"projected-field-names":[],"metrics":{},"metadata":{}}""";

        assertThat(post("/v1/namespaces/shop/tables/orders/metrics", report).status())
                .isEqualTo(204);
        assertThat(post("/v1/namespaces/shop/tables/none/metrics", report).status())
                .isEqualTo(404);
    }
}
