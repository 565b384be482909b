package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.ServerProcess;
import io.weir.testsupport.registry.Registry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.Record;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Topics that are produced to over Kafka, and what is in their tables then. */
@Tag("e2e")
class SinkTest {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final Duration MANY_LIMIT = Duration.ofMinutes(4);
    private static final Map<String, String> QUICK = Map.of("table.commit-interval", "500ms");
    private static final long MIB = 1 << 20;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static ServerProcess server;

    @SuppressWarnings("NullAway.Init")
    private static Lake lake;

    @SuppressWarnings("NullAway.Init")
    private static Topics topics;

    @SuppressWarnings("NullAway.Init")
    private static KafkaProducer<byte[], byte[]> producer;

    @BeforeAll
    static void start() {
        server = Weir.server("sink", directory.resolve("data")).start();
        lake = new Lake(server.admin(), directory);
        topics = new Topics(server.bootstrap());
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", server.bootstrap(), "max.request.size", 8 << 20, "buffer.memory", 64 << 20),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    @AfterAll
    static void stop() throws Exception {
        producer.close(Duration.ofSeconds(10));
        topics.close();
        lake.close();
        server.close();
    }

    private static Map<String, String> quick(String setting, String value) {
        return Map.of("table.commit-interval", "500ms", setting, value);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void send(String topic, byte[] value) throws Exception {
        producer.send(new ProducerRecord<>(topic, 0, null, value)).get(30, TimeUnit.SECONDS);
    }

    private static void awaitRows(String namespace, String topic, long rows) throws Exception {
        Await.until(rows + " rows in " + namespace + "." + topic, LIMIT, () -> lake.count(namespace, topic) >= rows);
    }

    /** As serializers write it: a zero, the schema's id, the datum. */
    private static byte[] framed(int schemaId, int... datum) {
        ByteBuffer value = ByteBuffer.allocate(5 + datum.length).put((byte) 0).putInt(schemaId);
        for (int each : datum) {
            value.put((byte) each);
        }
        return value.array();
    }

    @Test
    void badRecordsAreDeadLettersAndTheOthersAreRows() throws Exception {
        // Given
        topics.create("json", 1, quick("table.value-format", "json"));

        // When
        send("json", bytes("{\"a\": 1}"));
        send("json", bytes("{\"a\": "));
        send("json", bytes("2"));

        // Then
        awaitRows(Lake.TOPICS, "json", 2);
        awaitRows(Lake.DEAD_LETTERS, "json", 1);
        Record letter = lake.rows(Lake.DEAD_LETTERS, "json").getFirst();
        assertThat(letter.getField("_offset")).isEqualTo(1L);
        assertThat(letter.getField("value")).isEqualTo(ByteBuffer.wrap(bytes("{\"a\": ")));
        assertThat(lake.topic("json").currentSnapshot().summary()).containsEntry("weir.bad-records", "1");
    }

    @Test
    void aMissingSchemaAndATornValueAreDeadLettersAndHoldNobodyUp() throws Exception {
        // Given
        topics.create("avro", 1, quick("table.value-format", "avro"));
        int id;
        try (Registry registry = new Registry(server.admin())) {
            id = registry.register(
                    "avro-value",
                    "{\"type\":\"record\",\"name\":\"Visit\",\"fields\":[{\"name\":\"visits\",\"type\":\"int\"}]}");
        }

        // When
        send("avro", framed(4_711));
        send("avro", framed(id, 2 * 21));
        send("avro", framed(4_711, 2));
        send("avro", framed(id));
        send("avro", bytes("bare"));
        send("avro", framed(id, 2 * 22));

        // Then
        awaitRows(Lake.TOPICS, "avro", 2);
        awaitRows(Lake.DEAD_LETTERS, "avro", 4);
        assertThat(lake.rows(Lake.TOPICS, "avro"))
                .extracting(row -> row.getField("_offset"), row -> row.getField("visits"))
                .containsExactlyInAnyOrder(tuple(1L, 21), tuple(5L, 22));
        Map<Long, String> reasons = new TreeMap<>();
        lake.each(
                Lake.DEAD_LETTERS,
                "avro",
                row -> reasons.put((Long) row.getField("_offset"), (String) row.getField("reason")));
        assertThat(reasons)
                .containsOnlyKeys(0L, 2L, 3L, 4L)
                .containsEntry(0L, "schema 4711 is not registered")
                .containsEntry(2L, "schema 4711 is not registered");
        assertThat(reasons.get(3L)).startsWith("value is not of schema " + id);
        assertThat(reasons.get(4L)).isEqualTo("value of 4 bytes does not begin with a schema id");
    }

    @Test
    void aValueJustUnderTheLimitReachesTheTableAndOneAboveItIsRefused() throws Exception {
        // Given
        topics.create("large", 1, quick("max.message.bytes", Long.toString(4 * MIB)));
        byte[] value = new byte[(int) (4 * MIB) - 128];
        new Random(1).nextBytes(value);

        // When
        send("large", value);
        assertThatThrownBy(() -> send("large", new byte[(int) (4 * MIB)]))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(RecordTooLargeException.class);

        // Then
        awaitRows(Lake.TOPICS, "large", 1);
        assertThat(lake.rows(Lake.TOPICS, "large").getFirst().getField("value")).isEqualTo(ByteBuffer.wrap(value));
    }

    @Test
    void aTopicDeletedAndMadeAgainUnderItsNameIsAnotherTable() throws Exception {
        // Given
        topics.create("again", 1, QUICK);
        send("again", bytes("before"));
        send("again", bytes("before"));
        awaitRows(Lake.TOPICS, "again", 2);
        Table before = lake.topic("again");

        // When
        topics.admin().deleteTopics(List.of("again")).all().get(30, TimeUnit.SECONDS);
        assertThat(lake.table(Lake.TOPICS, "again")).isEmpty();
        topics.create("again", 1, QUICK);
        send("again", bytes("after"));
        awaitRows(Lake.TOPICS, "again", 1);

        // Then
        Table after = lake.topic("again");
        assertThat(after.uuid()).isNotEqualTo(before.uuid());
        assertThat(after.location()).isNotEqualTo(before.location());
        assertThat(lake.rows(Lake.TOPICS, "again"))
                .extracting(row -> row.getField("value"))
                .containsExactly(ByteBuffer.wrap(bytes("after")));
    }

    @Test
    void whatAUserRolledBackDoesNotComeAgain() throws Exception {
        // Given
        topics.create("rolled", 1, QUICK);
        send("rolled", bytes("kept"));
        awaitRows(Lake.TOPICS, "rolled", 1);
        long kept = lake.topic("rolled").currentSnapshot().snapshotId();
        send("rolled", bytes("taken back"));
        awaitRows(Lake.TOPICS, "rolled", 2);

        // When
        lake.topic("rolled").manageSnapshots().rollbackTo(kept).commit();
        assertThat(lake.count(Lake.TOPICS, "rolled")).isEqualTo(1);
        send("rolled", bytes("new"));
        awaitRows(Lake.TOPICS, "rolled", 2);

        // Then
        assertThat(lake.rows(Lake.TOPICS, "rolled"))
                .extracting(row -> row.getField("_offset"))
                .containsExactlyInAnyOrder(0L, 2L);
    }

    @Test
    void aThousandPartitionsAreOneTable() throws Exception {
        // Given
        topics.create("wide", 1_000, QUICK);

        // When
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int partition = 0; partition < 1_000; partition++) {
            sent.add(producer.send(new ProducerRecord<>("wide", partition, null, bytes("v" + partition))));
        }
        for (Future<RecordMetadata> each : sent) {
            each.get(60, TimeUnit.SECONDS);
        }

        // Then
        awaitRows(Lake.TOPICS, "wide", 1_000);
        assertThat(lake.rows(Lake.TOPICS, "wide").stream()
                        .map(row -> row.getField("_partition_id"))
                        .distinct())
                .hasSize(1_000);
    }

    @Test
    void fiveHundredSmallTopicsFitIntoTheMemoryOfOneSmallServer() throws Exception {
        // Given
        int count = 500;
        List<NewTopic> wanted = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            wanted.add(new NewTopic("small-" + i, 1, (short) 1).configs(Map.of("table.commit-interval", "5s")));
        }
        topics.admin().createTopics(wanted).all().get(120, TimeUnit.SECONDS);
        long before = server.residentBytes();

        // When each gets records in three rounds
        int rounds = 3;
        long most = before;
        for (int round = 0; round < rounds; round++) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                sent.add(producer.send(new ProducerRecord<>("small-" + i, 0, null, bytes("r" + round))));
            }
            for (Future<RecordMetadata> each : sent) {
                each.get(60, TimeUnit.SECONDS);
            }
            for (int i = 0; i < count; i++) {
                String topic = "small-" + i;
                int last = round + 1;
                // One after another: asking all of them again and again would be most of the work.
                Await.until(topic + " has " + last, MANY_LIMIT, () -> lake.count(Lake.TOPICS, topic) >= last);
            }
            most = Math.max(most, server.residentBytes());
        }

        // Then
        System.out.printf(
                "%d small topics: %d MiB resident before, %d MiB at most while they became tables%n",
                count, before / MIB, most / MIB);
        assertThat(most).isLessThan(1_400 * MIB);
    }
}
