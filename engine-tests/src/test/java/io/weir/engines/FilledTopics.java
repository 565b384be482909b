package io.weir.engines;

import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.BuiltWeir;
import io.weir.testsupport.process.Command;
import io.weir.testsupport.process.ServerProcess;
import io.weir.testsupport.registry.Registry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A server and its topics, each filled in two parts with a commit of its table between them.
 *
 * <ul>
 *   <li>{@code orders}: JSON, {@link #ORDERS} in 4 partitions; {@code {"id":i,"customer":"c" + i mod 10,"amount":i}};
 *       and one value that is not JSON
 *   <li>{@code orders_text}: the same in a table of format version 2
 *   <li>{@code customers}: JSON, ten of them, in which every second one is of Paris
 *   <li>{@code payments}: Avro, {@link #PAYMENTS}; from the second half on the schema has a wider amount and a note
 * </ul>
 */
final class FilledTopics implements AutoCloseable {
    static final int ORDERS = 1_000;
    static final int PAYMENTS = 200;
    static final int CUSTOMERS = 10;

    /** One more value among the orders. */
    static final String NOT_JSON = "{\"id\":";

    /** More zeros than digits: a type that has place for its digits alone would be refused by Spark. */
    static final String RATE = "0.0000515990";

    /** An amount that needs the wider column. */
    static final long LARGE = 5_000_000_000L;

    private static final Duration TABLE_LIMIT = Duration.ofSeconds(90);
    private static final Pattern S3_ENDPOINT = Pattern.compile("\"s3.endpoint\"\\s*:\\s*\"([^\"]+)\"");

    private final ServerProcess server;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Registry registry;

    private FilledTopics(ServerProcess server) {
        this.server = server;
        this.registry = new Registry(server.admin());
    }

    static FilledTopics start(Path dataDirectory) {
        Path log = Installed.root().resolve("engine-tests/target/e2e/weir.log");
        try {
            Files.deleteIfExists(log);
        } catch (IOException failed) {
            throw new UncheckedIOException("Cannot replace " + log, failed);
        }
        Command weir = new BuiltWeir(Installed.root()).command("-Xmx1g");
        return new FilledTopics(new ServerProcess(weir, dataDirectory, log, List.of()).start());
    }

    /** The REST catalog. */
    URI catalog() {
        return server.admin().resolve("/iceberg");
    }

    /** Where the table files are, as the catalog tells it. */
    URI s3() throws IOException, InterruptedException {
        String config = get(URI.create(catalog() + "/v1/config"));
        Matcher endpoint = S3_ENDPOINT.matcher(config);
        if (!endpoint.find()) {
            throw new AssertionError("No s3.endpoint: " + config);
        }
        return URI.create(endpoint.group(1));
    }

    private String get(URI uri) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** Makes and fills every topic; returns once all of it is in the tables. */
    void fill() throws Exception {
        createTopics();
        int first = registry.register("payments-value", Payments.FIRST_SCHEMA);
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            producer.send(new ProducerRecord<>("orders", utf8(NOT_JSON))).get(60, TimeUnit.SECONDS);
            half(producer, 0, id -> Payments.first(first, id, (int) id));
            awaitRows("orders", ORDERS / 2);
            awaitRows("orders_text", ORDERS / 2);
            awaitRows("payments", PAYMENTS / 2);

            int second = registry.register("payments-value", Payments.SECOND_SCHEMA);
            half(producer, 1, id -> Payments.second(second, id, LARGE + id, "note " + id));
            awaitRows("orders", ORDERS);
            awaitRows("orders_text", ORDERS);
            awaitRows("payments", PAYMENTS);
            awaitRows("customers", CUSTOMERS);
        }
    }

    private void createTopics() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", server.bootstrap()))) {
            Map<String, String> json = Map.of("table.value-format", "json", "table.commit-interval", "1s");
            Map<String, String> text =
                    Map.of("table.value-format", "json", "table.commit-interval", "1s", "table.format-version", "2");
            Map<String, String> avro = Map.of("table.value-format", "avro", "table.commit-interval", "1s");
            admin.createTopics(List.of(
                            new NewTopic("orders", 4, (short) 1).configs(json),
                            new NewTopic("orders_text", 1, (short) 1).configs(text),
                            new NewTopic("customers", 1, (short) 1).configs(json),
                            new NewTopic("payments", 2, (short) 1).configs(avro)))
                    .all()
                    .get(60, TimeUnit.SECONDS);
        }
    }

    private KafkaProducer<byte[], byte[]> producer() {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", server.bootstrap(), "linger.ms", "5"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private interface Payment {
        byte[] value(long id);
    }

    private static void half(KafkaProducer<byte[], byte[]> producer, int half, Payment payment) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int i = half * ORDERS / 2; i < (half + 1) * ORDERS / 2; i++) {
            byte[] order = utf8(
                    "{\"id\":" + i + ",\"customer\":\"c" + i % 10 + "\",\"amount\":" + i + ",\"rate\":" + RATE + "}");
            sent.add(producer.send(new ProducerRecord<>("orders", utf8("k" + i), order)));
            sent.add(producer.send(new ProducerRecord<>("orders_text", utf8("k" + i), order)));
        }
        for (int i = half * CUSTOMERS / 2; i < (half + 1) * CUSTOMERS / 2; i++) {
            String city = i % 2 == 0 ? "Paris" : "Oslo";
            sent.add(producer.send(new ProducerRecord<>(
                    "customers", utf8("{\"customer\":\"c" + i + "\",\"home\":{\"city\":\"" + city + "\"}}"))));
        }
        for (long id = (long) half * PAYMENTS / 2; id < (half + 1L) * PAYMENTS / 2; id++) {
            sent.add(producer.send(new ProducerRecord<>("payments", payment.value(id))));
        }
        for (Future<RecordMetadata> each : sent) {
            each.get(60, TimeUnit.SECONDS);
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Asks the catalog until one of the table's snapshots has so many rows. */
    private void awaitRows(String topic, int rows) {
        URI table = URI.create(catalog() + "/v1/namespaces/topics/tables/" + topic);
        String wanted = "\"total-records\":\"" + rows + "\"";
        Await.until(
                "table " + topic + " has " + rows + " rows",
                TABLE_LIMIT,
                () -> get(table).contains(wanted));
    }

    @Override
    public void close() {
        registry.close();
        http.close();
        server.close();
    }
}
