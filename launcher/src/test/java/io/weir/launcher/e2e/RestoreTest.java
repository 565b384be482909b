package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.Command;
import io.weir.testsupport.process.ServerProcess;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
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
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server whose disks are lost, rebuilt from its object store. */
@Tag("e2e")
class RestoreTest {
    private static final Duration AT_MOST = Duration.ofSeconds(60);
    private static final long STEP = 1_000_000_000_000L;

    @TempDir
    Path directory;

    private ServerProcess server(String data, String flushInterval) {
        return Weir.server(
                "restore-" + data + "-" + flushInterval,
                directory.resolve(data),
                "--object-store",
                "file:" + objects(),
                "--backup-interval",
                "1s",
                "--flush-interval",
                flushInterval,
                "--tables",
                "false");
    }

    private Path objects() {
        return directory.resolve("objects");
    }

    @Test
    void everythingThatWasFlushedComesBackAndTheRestIsNamed() throws Exception {
        // Given
        List<String> flushed =
                IntStream.range(0, 300).mapToObj(each -> "order " + each).toList();
        lose(flushed);

        // When
        Command.Finished restored = restore("restored");

        // Then
        restored.succeeded();
        assertThat(restored.text())
                .contains("{\"topic\":\"orders\",\"partitions\":1,\"kept\":300,\"lost\":0}")
                .contains("{\"topic\":\"late\",\"partitions\":1,\"kept\":0,\"lost\":3}");
        assertThat(restoreWithTheShardsEarliestBackup().succeeded().text())
                .contains("{\"topic\":\"orders\",\"partitions\":1,\"kept\":300,\"lost\":0}");
        try (ServerProcess server = server("restored", "1s").start();
                Topics topics = new Topics(server.bootstrap())) {
            assertThat(topics.committed("readers")).isEqualTo(Map.of(0, 300L));
            assertThat(consume(server, "orders", "others", "earliest", 300)).isEqualTo(flushed);
            assertThat(produce(server, "orders", List.of("next")).getFirst().offset())
                    .isEqualTo(STEP);
            assertThat(consume(server, "orders", "readers", "none", 1)).containsExactly("next");
            // Its offset was committed beyond what is left: it waits for the next record all the same.
            assertThat(produce(server, "late", List.of("after")).getFirst().offset())
                    .isEqualTo(STEP);
            assertThat(consume(server, "late", "late-readers", "none", 1)).containsExactly("after");
            server.kill();
            server.start();
            assertThat(consume(server, "orders", "again", "earliest", 301))
                    .hasSize(301)
                    .endsWith("next");
        }
        assertThat(restore("restored").err()).contains("has a log already");
    }

    private static String metrics(ServerProcess server) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                            HttpRequest.newBuilder(server.admin().resolve("/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private Command.Finished restore(String data) {
        return Weir.command()
                .with("restore", "--from", "file:" + objects())
                .with("--data-dir", directory.resolve(data).toString(), "-o", "json")
                .within(AT_MOST)
                .run();
    }

    /** Has all of it flushed and read by a group, and three records that never are, and kills the server. */
    private void lose(List<String> flushed) throws Exception {
        try (ServerProcess server = server("data", "1s").start();
                Topics topics = new Topics(server.bootstrap())) {
            topics.create("orders", 1);
            topics.create("late", 1);
            topics.create("spare", 1);
            awaitBackup("wal-0", Instant.EPOCH);
            copy(objects().resolve("backup/wal-0"), directory.resolve("early"));
            produce(server, "orders", flushed);
            assertThat(consume(server, "orders", "readers", "earliest", flushed.size()))
                    .isEqualTo(flushed);
            Await.until(
                    "all is flushed",
                    AT_MOST,
                    () -> metrics(server).lines().anyMatch("weir_tail_unflushed_bytes{shard=\"0\"} 0.0"::equals));
        }
        // and what is not, but was acknowledged when the last backups were made
        Instant acknowledged;
        try (ServerProcess server = server("data", "1d").start()) {
            produce(server, "late", List.of("x", "y", "z"));
            consume(server, "late", "late-readers", "earliest", 3);
            acknowledged = Instant.now();
            // A group's state is copied again when it has changed.
            produce(server, "spare", List.of("more"));
            consume(server, "spare", "spare-readers", "earliest", 1);
            awaitBackup("wal-0", acknowledged);
            awaitBackup("cursors", acknowledged);
            server.kill();
        }
    }

    /** From before the flush: its segments are found without it. */
    private Command.Finished restoreWithTheShardsEarliestBackup() throws IOException {
        Path backups = objects().resolve("backup/wal-0");
        Path newest = directory.resolve("newest");
        Files.move(backups, newest);
        copy(directory.resolve("early"), backups);
        Command.Finished finished = restore("from-earlier");
        deleteTree(backups);
        Files.move(newest, backups);
        return finished;
    }

    private void awaitBackup(String group, Instant after) {
        Path backups = objects().resolve("backup").resolve(group);
        Await.until("a backup of " + group, AT_MOST, () -> {
            if (!Files.isDirectory(backups)) {
                return false;
            }
            try (Stream<Path> files = Files.list(backups)) {
                return files.anyMatch(file -> begunAt(file).isAfter(after));
            }
        });
    }

    /** See docs/formats/backup.md. */
    private static Instant begunAt(Path backup) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(backup));
            return Instant.ofEpochMilli(bytes.getLong(14 + bytes.getShort(12) + 2 * Long.BYTES));
        } catch (IOException gone) {
            return Instant.MIN;
        }
    }

    private static List<RecordMetadata> produce(ServerProcess server, String topic, List<String> values)
            throws Exception {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", server.bootstrap()), new StringSerializer(), new StringSerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (String value : values) {
                sent.add(producer.send(new ProducerRecord<>(topic, value)));
            }
            List<RecordMetadata> acknowledged = new ArrayList<>();
            for (Future<RecordMetadata> each : sent) {
                acknowledged.add(each.get(AT_MOST.toSeconds(), TimeUnit.SECONDS));
            }
            return acknowledged;
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
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            long deadline = System.nanoTime() + AT_MOST.toNanos();
            while (values.size() < records && System.nanoTime() < deadline) {
                consumer.poll(Duration.ofMillis(200)).forEach(each -> values.add(each.value()));
            }
            consumer.commitSync();
        }
        return values;
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private static void deleteTree(Path tree) throws IOException {
        try (Stream<Path> files = Files.list(tree)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(tree);
    }
}
