package io.weir.launcher.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.segment.SegmentWriter;
import io.weir.launcher.Repository;
import io.weir.launcher.config.ServeConfig;
import io.weir.launcher.config.Setting;
import io.weir.launcher.config.Settings;
import io.weir.launcher.data.DataDirectoryException;
import io.weir.testsupport.process.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerTest {
    private static final Pattern METRIC = Pattern.compile("\\b(weir|disk|jvm|process)_[a-z_]+");

    /**
     * Exported for each group once it has committed an offset, for each kind of failure once it has happened, and so
     * on.
     */
    private static final Set<String> EXPORTED_LATER = Set.of(
            "weir_group_lag_seconds",
            "weir_flush_failures_total",
            "weir_table_catalog_age_seconds",
            "weir_table_suspended",
            "weir_table_failing",
            "weir_table_records_bad_total");

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static Server server;

    @BeforeAll
    static void start() {
        server = Server.start(config(directory.resolve("data"), Map.of()));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void isReadyOnceItHasStarted() throws Exception {
        assertThat(get("/health/ready")).isEqualTo("ready\n");
        assertThat(server.kafka().port()).isPositive();
    }

    @Test
    void isNotReadyWhileAPartFailsAndReadyAgainWhenItGetsOn() throws Exception {
        // Given a flush that meets a bug
        AtomicBoolean broken = new AtomicBoolean(true);
        ServeConfig config =
                config(directory.resolve("failing"), Map.of(Setting.TABLES, "false", Setting.FLUSH_INTERVAL, "1s"));
        UnaryOperator<SegmentWriter> breaking = whole -> (shard, term, range, runs) -> {
            if (broken.get()) {
                throw new IllegalStateException("a bug");
            }
            return whole.write(shard, term, range, runs);
        };
        try (Server failing = Server.start(new RoleConfigs(config, Pace.STANDARD, breaking))) {
            assertThat(status(failing, "/health/ready")).isEqualTo(200);

            // When there is something to flush
            produce(failing);

            // Then
            Await.until("it is not ready", LIMIT, () -> status(failing, "/health/ready") == 503);
            assertThat(response(failing, "/health/ready").body())
                    .contains("wal-0-flush fails")
                    .contains("a bug");
            assertThat(status(failing, "/health/live")).isEqualTo(200);

            // When
            broken.set(false);

            // Then
            Await.until("it is ready again", LIMIT, () -> status(failing, "/health/ready") == 200);
        }
    }

    private static void produce(Server to) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", to.kafka().toString());
        try (Admin admin = Admin.create(settings);
                KafkaProducer<byte[], byte[]> producer =
                        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            admin.createTopics(List.of(new NewTopic("flushed", 1, (short) 1)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
            producer.send(new ProducerRecord<>("flushed", new byte[] {1})).get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void exportsEveryMetricThatAnAlertWatches() throws Exception {
        Set<String> watched = Files.readString(Repository.root().resolve("docs/alerts.yaml"))
                .lines()
                .filter(line -> line.strip().startsWith("expr:"))
                .flatMap(line -> METRIC.matcher(line).results().map(match -> match.group()))
                .filter(metric -> !EXPORTED_LATER.contains(metric))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> exported = get("/metrics")
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("[{ ]", 2)[0])
                .collect(Collectors.toSet());

        assertThat(watched).hasSizeGreaterThan(8);
        assertThat(exported).containsAll(watched);
    }

    @Test
    void servesTheCatalogOfTables() throws Exception {
        assertThat(get("/iceberg/v1/config")).contains("\"s3.endpoint\":\"http://127.0.0.1:");
        assertThat(get("/iceberg/v1/namespaces")).isEqualTo("{\"namespaces\":[],\"next-page-token\":null}");
    }

    @Test
    void hasNoCatalogAndNoEndpointWithoutTables() throws Exception {
        Path data = directory.resolve("untabled");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Server untabled = Server.start(config(
                        data,
                        Map.of(Setting.TABLES, "false", Setting.S3_LISTEN, "127.0.0.1:" + taken.getLocalPort())))) {
            assertThat(status(untabled, "/iceberg/v1/config")).isEqualTo(404);
            assertThat(status(untabled, "/health/ready")).isEqualTo(200);
            assertThat(data.resolve("tables")).doesNotExist();
        }
    }

    @Test
    void runsThoughTheCatalogThatTablesAreShownInIsNotThere() throws Exception {
        Path catalog = Files.writeString(directory.resolve("lake.properties"), "type=jdbc\nuri=jdbc:none:lake\n");
        try (Server showing =
                Server.start(config(directory.resolve("shown"), Map.of(Setting.TABLE_CATALOG, catalog.toString())))) {
            assertThat(status(showing, "/health/ready")).isEqualTo(200);
            assertThat(response(showing, "/metrics").body()).contains("weir_table_catalog_age_seconds");
        }
    }

    @Test
    void refusesADataDirectoryInUse() {
        assertThatThrownBy(() -> Server.start(config(directory.resolve("data"), Map.of())))
                .isInstanceOf(DataDirectoryException.class)
                .hasMessageContaining("in use by process");
    }

    @Test
    void refusesAPortInUseAndChangesNothing() throws IOException {
        Path untouched = directory.resolve("untouched");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();

            assertThatThrownBy(() -> Server.start(config(untouched, Map.of(Setting.KAFKA_LISTEN, address))))
                    .isInstanceOf(PortInUseException.class)
                    .hasMessageContaining("kafka-listen " + address);
            assertThatThrownBy(() -> Server.start(config(untouched, Map.of(Setting.ADMIN_LISTEN, address))))
                    .isInstanceOf(PortInUseException.class)
                    .hasMessageContaining("admin-listen " + address);
            assertThatThrownBy(() -> Server.start(config(untouched, Map.of(Setting.S3_LISTEN, address))))
                    .isInstanceOf(PortInUseException.class)
                    .hasMessageContaining("s3-listen " + address);
        }
        assertThat(untouched).doesNotExist();
    }

    @Test
    void startsAgainOnWhatItLeftWithTheShardsThatItBeganWith() throws Exception {
        Path data = directory.resolve("again");
        Server.start(config(data, Map.of())).close();

        try (Server again = Server.start(config(data, Map.of(Setting.WAL_SHARDS, "2")))) {
            assertThat(response(again, "/cluster").body())
                    .contains("\"shards\":1", "wal-0")
                    .doesNotContain("wal-1");
        }
    }

    @Test
    void refusesTheObjectsOfAnotherCluster() throws IOException {
        // Given objects whose log is lost
        Path data = directory.resolve("lost");
        Server.start(config(data, Map.of())).close();
        Path objects = data.resolve("objects");
        String owner = Files.readString(objects.resolve("cluster"));
        Files.move(data.resolve("raft"), directory.resolve("raft-elsewhere"));

        // When a new cluster is about to begin beside them
        assertThatThrownBy(() -> Server.start(config(data, Map.of())))
                // Then
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("belongs to cluster " + owner);
    }

    private static ServeConfig config(Path data, Map<Setting, String> more) {
        Map<Setting, String> flags = new java.util.EnumMap<>(Map.of(
                Setting.DATA_DIR, data.toString(),
                Setting.KAFKA_LISTEN, "127.0.0.1:0",
                Setting.ADMIN_LISTEN, "127.0.0.1:0",
                Setting.S3_LISTEN, "127.0.0.1:0"));
        flags.putAll(more);
        return ServeConfig.from(Settings.of(flags, Map.of(), Map.of()));
    }

    private static String get(String path) throws IOException, InterruptedException {
        return response(server, path).body();
    }

    private static int status(Server of, String path) throws IOException, InterruptedException {
        return response(of, path).statusCode();
    }

    private static HttpResponse<String> response(Server of, String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://" + of.admin() + path))
                                .timeout(Duration.ofSeconds(30))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }
}
