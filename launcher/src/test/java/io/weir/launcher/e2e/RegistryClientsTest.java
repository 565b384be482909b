package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.testsupport.process.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Real serializers share schemas through the registry, on topics that take nothing else. */
@Tag("e2e")
class RegistryClientsTest {
    private static final Map<String, String> VALIDATED = Map.of("schema.validation", "value");
    private static final Pattern ID = Pattern.compile("\"id\":([0-9]+)");

    @TempDir
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static ServerProcess server;

    @SuppressWarnings("NullAway.Init")
    private static Topics topics;

    @SuppressWarnings("NullAway.Init")
    private static HttpClient http;

    @BeforeAll
    static void start() {
        server = Weir.server("registry-clients", directory.resolve("data")).start();
        topics = new Topics(server.bootstrap());
        http = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        http.close();
        topics.close();
        server.close();
    }

    private static String registry(ServerProcess weir) {
        String admin = weir.admin().toString();
        return (admin.endsWith("/") ? admin.substring(0, admin.length() - 1) : admin) + "/registry";
    }

    private static String ask(String registry, String method, String path, @Nullable String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(registry + path))
                .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString()).body();
    }

    private static int registered(String registry, String subject, String avro)
            throws IOException, InterruptedException {
        String answer = ask(
                registry,
                "POST",
                "/subjects/" + subject + "/versions",
                "{\"schema\":\"" + avro.replace("\"", "\\\"") + "\"}");
        Matcher id = ID.matcher(answer);
        assertThat(id.find()).as(answer).isTrue();
        return Integer.parseInt(id.group(1));
    }

    static Stream<Object[]> writersAndFormats() {
        return Stream.of(RegistryClient.values())
                .flatMap(writer -> Stream.of("avro", "json", "protobuf").map(format -> new Object[] {writer, format}));
    }

    @ParameterizedTest
    @MethodSource("writersAndFormats")
    void everyClientDecodesWhatThisOneEncoded(RegistryClient writer, String format) throws Exception {
        // Given
        String topic = topics.create("users-" + UUID.randomUUID(), 1, VALIDATED);
        List<String> values = IntStream.range(0, 20)
                .mapToObj(i -> "{\"age\":" + (20 + i) + ",\"name\":\"user-" + i + "\"}")
                .toList();

        // When
        writer.produce(server.bootstrap(), registry(server), topic, format, values);

        // Then
        for (RegistryClient reader : RegistryClient.values()) {
            if (format.equals("protobuf") && reader != writer) {
                // They differ in whether the message's index stands behind the id, whatever registry they use.
                continue;
            }
            assertThat(reader.consume(server.bootstrap(), registry(server), topic, format, values.size()))
                    .as("%s reads what %s wrote", reader, writer)
                    .isEqualTo(values);
        }
        assertThat(ask(registry(server), "GET", "/subjects/" + topic + "-value/versions", null))
                .isEqualTo("[1]");
    }

    @ParameterizedTest
    @CsvSource({"none", "gzip", "zstd", "lz4", "snappy"})
    void aRecordWithoutARegisteredSchemaIsRefusedWithItsReason(String codec) throws Exception {
        // Given
        String topic = topics.create("checked-" + UUID.randomUUID(), 1, VALIDATED);
        int id = registered(registry(server), topic + "-value", "\"string\"");
        int foreign = registered(registry(server), "foreign-value", "\"double\"");
        Map<String, Object> settings =
                Map.of("bootstrap.servers", server.bootstrap(), "compression.type", codec, "linger.ms", "500");

        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            // When: one batch
            var good = producer.send(new ProducerRecord<>(topic, framed(id)));
            var unknown = producer.send(new ProducerRecord<>(topic, framed(9_999)));
            var elsewhere = producer.send(new ProducerRecord<>(topic, framed(foreign)));
            var bare = producer.send(new ProducerRecord<>(topic, new byte[] {1, 2}));
            producer.flush();

            // Then
            assertThatThrownBy(() -> unknown.get(30, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(InvalidRecordException.class)
                    .hasMessageContaining("schema id 9999, which is not registered");
            assertThatThrownBy(() -> elsewhere.get(30, TimeUnit.SECONDS))
                    .hasMessageContaining("not registered under subject '" + topic + "-value'");
            assertThatThrownBy(() -> bare.get(30, TimeUnit.SECONDS)).hasMessageContaining("too short for a schema id");
            assertThatThrownBy(() -> good.get(30, TimeUnit.SECONDS)).hasMessageContaining("part of a batch");
            assertThat(topics.ends(topic, List.of(0))).containsEntry(0, 0L);

            // When: alone, and a null
            producer.send(new ProducerRecord<>(topic, framed(id))).get(30, TimeUnit.SECONDS);
            producer.send(new ProducerRecord<>(topic, (byte @Nullable []) null)).get(30, TimeUnit.SECONDS);

            // Then
            assertThat(topics.ends(topic, List.of(0))).containsEntry(0, 2L);
        }
    }

    @Test
    void whatIsRegisteredOutlivesTheProcess() throws Exception {
        // Given
        Path data = directory.resolve("restarted");
        try (ServerProcess first = Weir.server("registry-restart", data).start()) {
            registered(registry(first), "kept-value", "\"long\"");
            first.kill();
        }

        // Then
        try (ServerProcess second = Weir.server("registry-restart", data).start()) {
            assertThat(ask(registry(second), "GET", "/subjects/kept-value/versions/latest", null))
                    .contains("\"subject\":\"kept-value\"", "\"version\":1");
        }
    }

    private static byte[] framed(int id) {
        return ByteBuffer.allocate(7).put((byte) 0).putInt(id).array();
    }
}
