package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.file.Trees;
import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.Command;
import io.weir.testsupport.process.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server whose disks are lost, rebuilt from its object store. */
@Tag("e2e")
class RestoreTest {
    private static final Duration AT_MOST = Duration.ofSeconds(60);
    private static final long RANGE = 1_000_000_000_000L;
    private static final List<String> ORDERS =
            IntStream.range(0, 300).mapToObj(each -> "order " + each).toList();
    /** More than waits for a flush, in records of which none alone is half of that. */
    private static final List<String> FILLER = Collections.nCopies(12, "f".repeat(100_000));

    @TempDir
    Path directory;

    /**
     * Where objects are kept.
     *
     * @param weir the command with what it needs in its environment
     * @param options of every use of it
     * @param objects where they are in the end
     */
    private record Store(Command weir, String uri, List<String> options, Path objects) {
        /** A server that flushes when there is 1 MiB, and not before. */
        ServerProcess server(String name, Path data) {
            List<String> all = new ArrayList<>(options);
            all.addAll(List.of("--object-store", uri, "--tables", "false", "--backup-interval", "1s"));
            all.addAll(List.of("--flush-bytes", "1MiB", "--flush-interval", "1d"));
            return Weir.server(weir, "restore-" + name, data, all.toArray(String[]::new));
        }

        Command.Finished restore(Path data) {
            return weir.with("restore", "--from", uri, "--data-dir", data.toString(), "-o", "json")
                    .with(options.toArray(String[]::new))
                    .within(AT_MOST)
                    .run();
        }
    }

    @Test
    void everythingThatWasFlushedComesBackAndTheRestIsNamed() throws Exception {
        // Given
        Path objects = directory.resolve("objects");
        Store store = new Store(Weir.command(), "file:" + objects, List.of(), objects);
        lose(store);

        // When
        Command.Finished restored = store.restore(directory.resolve("restored"));

        // Then
        tellsWhatIsThere(restored);
        try (ServerProcess server =
                        store.server("again", directory.resolve("restored")).start();
                Topics topics = new Topics(server.bootstrap())) {
            assertThat(topics.committed("readers")).isEqualTo(Map.of(0, 300L));
            assertThat(consume(server, "orders", "others", "earliest", 300)).isEqualTo(ORDERS);
            assertThat(produce(server, "orders", List.of("next"))).containsExactly(RANGE);
            assertThat(consume(server, "orders", "readers", "none", 1)).containsExactly("next");
            // Its offset was committed beyond what is left: it waits for the next record all the same.
            assertThat(produce(server, "late", List.of("after"))).containsExactly(RANGE);
            assertThat(consume(server, "late", "late-readers", "none", 1)).containsExactly("after");
        }
    }

    @Test
    void clientsThatWereThereBeforeGoOn() throws Exception {
        Path objects = directory.resolve("objects");
        Store store = new Store(Weir.command(), "file:" + objects, List.of(), objects);
        Path data = directory.resolve("data");
        try (ServerProcess server = store.server("clients", data).start();
                KafkaProducer<String, String> producer = new KafkaProducer<>(
                        RecordedLoad.settings(server.bootstrap(), Map.of()),
                        new StringSerializer(),
                        new StringSerializer());
                KafkaConsumer<String, String> reader = new KafkaConsumer<>(
                        RecordedLoad.settings(server.bootstrap(), Map.of("auto.offset.reset", "none")),
                        new StringDeserializer(),
                        new StringDeserializer())) {
            // Given clients that have written and read, one partition of which comes back and one does not
            try (Topics topics = new Topics(server.bootstrap())) {
                for (String topic : List.of("orders", "late", "filler", "touched")) {
                    topics.create(topic, 1);
                }
            }
            TopicPartition orders = new TopicPartition("orders", 0);
            TopicPartition late = new TopicPartition("late", 0);
            reader.assign(List.of(orders, late));
            reader.seekToBeginning(List.of(orders, late));
            send(producer, "orders", ORDERS);
            assertThat(poll(reader, ORDERS.size())).isEqualTo(ORDERS);
            send(producer, "filler", FILLER);
            Await.until("it is flushed", AT_MOST, () -> hasSegment(objects));
            Instant flushed = Instant.now();
            send(producer, "late", List.of("x", "y", "z"));
            assertThat(poll(reader, 3)).containsExactly("x", "y", "z");
            // A group's state is copied when it has changed since the last copy began, which may have been before that.
            Await.until("a backup of the log", AT_MOST, () -> {
                send(producer, "touched", List.of("again"));
                return isBackedUp(objects.resolve("backup").resolve("wal-0"), flushed);
            });
            // Once more, so that they know a leader epoch that no backup may have
            server.kill();
            server.start();
            send(producer, "late", List.of("zz"));
            assertThat(poll(reader, 1)).containsExactly("zz");

            // When its disk is lost, and what is in the object store serves at the same address
            server.kill();
            Trees.delete(data);
            store.restore(data).succeeded();
            server.start();

            // Then the same clients go on
            assertThat(send(producer, "orders", List.of("next"))).containsExactly(RANGE);
            assertThat(send(producer, "late", List.of("after"))).containsExactly(RANGE);
            assertThat(poll(reader, 2)).containsExactlyInAnyOrder("next", "after");
            assertThat(reader.position(orders)).isEqualTo(RANGE + 1);
        }
    }

    /** Returns their offsets. */
    private static List<Long> send(KafkaProducer<String, String> producer, String topic, List<String> values)
            throws Exception {
        List<Future<RecordMetadata>> sent = values.stream()
                .map(value -> producer.send(new ProducerRecord<>(topic, value)))
                .toList();
        List<Long> offsets = new ArrayList<>();
        for (Future<RecordMetadata> each : sent) {
            offsets.add(each.get(AT_MOST.toSeconds(), TimeUnit.SECONDS).offset());
        }
        return offsets;
    }

    private static List<String> poll(KafkaConsumer<String, String> reader, int records) {
        List<String> values = new ArrayList<>();
        long deadline = System.nanoTime() + AT_MOST.toNanos();
        while (values.size() < records && System.nanoTime() < deadline) {
            reader.poll(Duration.ofMillis(200)).forEach(each -> values.add(each.value()));
        }
        return values;
    }

    @Test
    void theStoreMayBeS3() throws Exception {
        Path files = Files.createDirectories(directory.resolve("s3"));
        try (S3Service s3 = S3Service.start(files)) {
            Command weir = Weir.command()
                    .withEnvironment("AWS_ACCESS_KEY_ID", S3Service.ACCESS_KEY)
                    .withEnvironment("AWS_SECRET_ACCESS_KEY", S3Service.SECRET_KEY);
            List<String> options =
                    List.of("--s3-endpoint", "http://127.0.0.1:" + s3.port(), "--s3-path-style", "--s3-region", "r");
            Path objects = files.resolve(S3Service.BUCKET).resolve("weir");
            Store store = new Store(weir, "s3://" + S3Service.BUCKET + "/weir", options, objects);
            lose(store);

            tellsWhatIsThere(store.restore(directory.resolve("restored")));

            assertThat(objects.resolve("restore/0000000000000001/plan")).isRegularFile();
            assertThat(directory.resolve("restored/raft/wal-0")).isDirectory();
        }
    }

    private static void tellsWhatIsThere(Command.Finished restored) {
        assertThat(restored.succeeded().text())
                .contains("{\"topic\":\"orders\",\"partitions\":1,\"kept\":300,\"lost\":0}")
                .contains("{\"topic\":\"late\",\"partitions\":1,\"kept\":0,\"lost\":3}");
    }

    /** Has all of the orders flushed and read by a group, and three records that never are, and kills the server. */
    private void lose(Store store) throws Exception {
        try (ServerProcess server =
                        store.server("lost", directory.resolve("data")).start();
                Topics topics = new Topics(server.bootstrap())) {
            topics.create("orders", 1);
            topics.create("late", 1);
            topics.create("filler", 1);
            produce(server, "orders", ORDERS);
            assertThat(consume(server, "orders", "readers", "earliest", ORDERS.size()))
                    .isEqualTo(ORDERS);
            produce(server, "filler", FILLER);
            Await.until("it is flushed", AT_MOST, () -> hasSegment(store.objects()));
            produce(server, "late", List.of("x", "y", "z"));
            assertThat(consume(server, "late", "late-readers", "earliest", 3)).hasSize(3);
            Instant acknowledged = Instant.now();
            // A group's state is copied again when it has changed.
            topics.create("more", 1);
            produce(server, "more", List.of("more"));
            assertThat(consume(server, "more", "more-readers", "earliest", 1)).hasSize(1);
            for (String group : List.of("metadata", "cursors", "wal-0")) {
                awaitBackup(store.objects().resolve("backup").resolve(group), acknowledged);
            }
            server.kill();
        }
    }

    private static boolean hasSegment(Path objects) throws IOException {
        try (Stream<Path> files = Files.walk(objects)) {
            return files.anyMatch(file -> file.getFileName().toString().startsWith("s-"));
        } catch (UncheckedIOException goneMeanwhile) {
            return false;
        }
    }

    private static void awaitBackup(Path backups, Instant after) {
        Await.until("a backup in " + backups, AT_MOST, () -> isBackedUp(backups, after));
    }

    private static boolean isBackedUp(Path backups, Instant after) throws IOException {
        if (!Files.isDirectory(backups)) {
            return false;
        }
        try (Stream<Path> files = Files.list(backups)) {
            return files.anyMatch(file -> begunAt(file).isAfter(after));
        }
    }

    /** See docs/formats/backup.md. */
    private static Instant begunAt(Path backup) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(backup));
            return Instant.ofEpochMilli(bytes.getLong(14 + bytes.getShort(12) + 2 * Long.BYTES));
        } catch (IOException | IndexOutOfBoundsException goneOrNotThereYet) {
            return Instant.MIN;
        }
    }

    private static List<Long> produce(ServerProcess server, String topic, List<String> values) throws Exception {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", server.bootstrap()), new StringSerializer(), new StringSerializer())) {
            return send(producer, topic, values);
        }
    }

    /** Reads as a member of a group, and commits. */
    private static List<String> consume(ServerProcess server, String topic, String group, String reset, int records) {
        Map<String, Object> settings = new HashMap<>(Map.of(
                "bootstrap.servers",
                server.bootstrap(),
                "group.id",
                group,
                "enable.auto.commit",
                false,
                "auto.offset.reset",
                reset));
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            List<String> values = poll(consumer, records);
            consumer.commitSync();
            return values;
        }
    }
}
