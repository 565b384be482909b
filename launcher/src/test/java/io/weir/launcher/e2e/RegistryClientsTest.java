package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.ServerProcess;
import io.weir.testsupport.registry.Registry;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
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
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Real serializers share schemas through the registry, on topics that take nothing else. */
@Tag("e2e")
class RegistryClientsTest {
    private static final Duration IN_THE_TABLE_WITHIN = Duration.ofSeconds(90);
    private static final Map<String, String> VALIDATED = Map.of("schema.validation", "value");

    @TempDir
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static ServerProcess server;

    @SuppressWarnings("NullAway.Init")
    private static Topics topics;

    @SuppressWarnings("NullAway.Init")
    private static Registry registry;

    @BeforeAll
    static void start() {
        server = Weir.server("registry-clients", directory.resolve("data")).start();
        topics = new Topics(server.bootstrap());
        registry = new Registry(server.admin());
    }

    @AfterAll
    static void stop() {
        registry.close();
        topics.close();
        server.close();
    }

    static Stream<Object[]> writersAndFormats() {
        return Stream.of(RegistryClient.values())
                .flatMap(writer -> Stream.of("avro", "json", "protobuf")
                        .filter(writer::speaks)
                        .map(format -> new Object[] {writer, format}));
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
        writer.produce(server.bootstrap(), registry.uri(), topic, format, values);

        // Then
        for (RegistryClient reader : RegistryClient.values()) {
            // They differ in whether a protobuf message's index stands behind the id, whatever registry they use.
            if (!reader.speaks(format) || (format.equals("protobuf") && reader != writer)) {
                continue;
            }
            assertThat(reader.consume(server.bootstrap(), registry.uri(), topic, format, values.size()))
                    .as("%s reads what %s wrote", reader, writer)
                    .isEqualTo(values);
        }
        assertThat(registry.ask("GET", "/subjects/" + topic + "-value/versions", null))
                .isEqualTo("[1]");
    }

    @ParameterizedTest
    @EnumSource
    void whatAnyClientWroteInAvroIsTypedColumns(RegistryClient writer) throws Exception {
        // Given
        String topic = topics.create(
                "typed-" + UUID.randomUUID(),
                1,
                Map.of("schema.validation", "value", "table.value-format", "avro", "table.commit-interval", "500ms"));

        // When
        writer.produce(
                server.bootstrap(),
                registry.uri(),
                topic,
                "avro",
                List.of("{\"age\":20,\"name\":\"ada\"}", "{\"age\":21,\"name\":\"bob\"}"));

        // Then
        try (Lake lake = new Lake(server.admin(), directory)) {
            Await.until("two rows", IN_THE_TABLE_WITHIN, () -> lake.count(Lake.TOPICS, topic) == 2);
            assertThat(lake.rows(Lake.TOPICS, topic))
                    .extracting(row -> row.getField("name"), row -> row.getField("age"))
                    .containsExactlyInAnyOrder(tuple("ada", 20), tuple("bob", 21));
        }
    }

    @ParameterizedTest
    @CsvSource({"none", "gzip", "zstd", "lz4", "snappy"})
    void aRecordWithoutARegisteredSchemaIsRefusedWithItsReason(String codec) throws Exception {
        // Given
        String topic = topics.create("checked-" + UUID.randomUUID(), 1, VALIDATED);
        int id = registry.register(topic + "-value", "\"string\"");
        int foreign = registry.register("foreign-value", "\"double\"");
        Map<String, Object> settings =
                Map.of("bootstrap.servers", server.bootstrap(), "compression.type", codec, "linger.ms", "60000");

        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            // When: one batch, which ends when it is flushed
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
            var alone = producer.send(new ProducerRecord<>(topic, framed(id)));
            producer.flush();
            alone.get(30, TimeUnit.SECONDS);
            var tombstone = producer.send(new ProducerRecord<>(topic, (byte @Nullable []) null));
            producer.flush();
            tombstone.get(30, TimeUnit.SECONDS);

            // Then
            assertThat(topics.ends(topic, List.of(0))).containsEntry(0, 2L);
        }
    }

    @Test
    void whatIsRegisteredOutlivesTheProcess() throws Exception {
        // Given
        Path data = directory.resolve("restarted");
        try (ServerProcess first = Weir.server("registry-restart", data).start()) {
            try (Registry before = new Registry(first.admin())) {
                before.register("kept-value", "\"long\"");
            }
            first.kill();
        }

        // Then
        try (ServerProcess second = Weir.server("registry-restart", data).start();
                Registry after = new Registry(second.admin())) {
            assertThat(after.ask("GET", "/subjects/kept-value/versions/latest", null))
                    .contains("\"subject\":\"kept-value\"", "\"version\":1");
        }
    }

    private static byte[] framed(int id) {
        return ByteBuffer.allocate(7).put((byte) 0).putInt(id).array();
    }
}
