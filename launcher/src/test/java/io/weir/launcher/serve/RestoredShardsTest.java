package io.weir.launcher.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.Restoration;
import io.weir.contracts.object.ObjectStore;
import io.weir.launcher.config.ServeConfig;
import io.weir.launcher.config.Setting;
import io.weir.launcher.config.Settings;
import io.weir.objecttier.file.FileObjectStore;
import io.weir.testsupport.file.Trees;
import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server that got a second shard, to which a partition moved, restored from copies of which some were made before.
 */
class RestoredShardsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long RANGE = 1_000_000_000_000L;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path lost;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @BeforeAll
    static void lose() throws Exception {
        Path objects = lost.resolve("objects");
        Settings settings = options(lost.resolve("data"), objects);
        Founder.of(settings).found();
        try (Server server = Server.start(ServeConfig.from(settings))) {
            Orders.create(server);
            Orders.produce(server, "one");
            await(
                    objects,
                    "the first record",
                    report -> kept(report) == 1 && report.topics().size() == 1);
            Trees.copyInUse(objects.resolve("backup"), lost.resolve("one-shard"));

            assertThat(ask(server, "PUT", "shards/2")).isEqualTo(200);
            await(
                    objects,
                    "the second shard",
                    report -> report.groups().stream()
                            .anyMatch(group -> group.group().equals("wal-1")));
            Trees.copyInUse(objects.resolve("backup"), lost.resolve("two-shards"));

            move(server);
            Orders.produce(server, "two");
            Orders.create(server, "later");
            await(
                    objects,
                    "all that there is, in copies",
                    report -> kept(report) == 2
                            && report.topics().size() == 2
                            && report.notes().isEmpty());
        }
    }

    private static void move(Server server) throws Exception {
        // Planned again where it was given up, as by a shard that has no leader yet.
        Await.until("it is at the new shard", LIMIT, () -> {
            ask(server, "PUT", "moves/" + Orders.TOPIC + "/1");
            return body(server, "moves/" + Orders.TOPIC).contains("\"shards\":[1]");
        });
        Await.until("no move is left", LIMIT, () -> body(server, "moves").contains("\"moves\":[]"));
    }

    /** Looks at what a restore would find. */
    @FunctionalInterface
    private interface Look {
        boolean isEnough(RestoreReport report);
    }

    private static void await(Path objects, String what, Look look) throws IOException {
        try (ObjectStore store = new FileObjectStore(objects, new NodeId(9))) {
            Await.until(what + " can be restored", LIMIT, () -> {
                try {
                    return look.isEnough(RestoredGroups.newest(store, new Restoration(1), List.of())
                            .report());
                } catch (ServiceException notYet) {
                    return false;
                }
            });
        }
    }

    private static long kept(RestoreReport report) {
        return report.topics().stream().mapToLong(RestoreReport.TopicPart::kept).sum();
    }

    private static Settings options(Path data, Path objects) {
        return Settings.of(
                Map.of(
                        Setting.DATA_DIR, data.toString(),
                        Setting.OBJECT_STORE, "file:" + objects,
                        Setting.PEERS, "1=127.0.0.1:" + FreePorts.next(),
                        Setting.KAFKA_LISTEN, "127.0.0.1:0",
                        Setting.ADMIN_LISTEN, "127.0.0.1:0",
                        Setting.TABLES, "false",
                        Setting.BACKUP_INTERVAL, "1s",
                        Setting.FLUSH_INTERVAL, "1s"),
                Map.of(),
                Map.of());
    }

    private static int ask(Server server, String method, String path) throws Exception {
        HttpRequest request = request(server, path)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request, BodyHandlers.ofString()).statusCode();
        }
    }

    private static String body(Server server, String path) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request(server, path).build(), BodyHandlers.ofString())
                    .body();
        }
    }

    private static HttpRequest.Builder request(Server server, String path) {
        return HttpRequest.newBuilder(URI.create("http://" + server.admin() + "/cluster/" + path))
                .timeout(LIMIT);
    }

    @BeforeEach
    void copyObjects() throws IOException {
        Trees.copy(lost.resolve("objects"), directory.resolve("objects"));
    }

    /** Puts a group's earlier copies in the place of its newest ones. */
    private void only(String copies, String group) throws IOException {
        Path backups = directory.resolve("objects/backup").resolve(group);
        Trees.delete(backups);
        Trees.copy(lost.resolve(copies).resolve(group), backups);
    }

    @Test
    void aShardThatTheMetadataDoesNotKnowIsThereAgainWithWhatWasWrittenThere() throws Exception {
        // Given
        only("one-shard", "metadata");
        Settings settings = options(directory.resolve("data"), directory.resolve("objects"));

        // When
        RestoreReport report = Restore.of(settings, false).run();

        // Then
        assertThat(report.notes()).anySatisfy(note -> assertThat(note).startsWith("wal-1 was added after"));
        assertThat(kept(report)).isEqualTo(2);
        try (Server server = Server.start(ServeConfig.from(settings))) {
            assertThat(Orders.consume(server, 2)).containsExactly("one", "two");
            assertThat(Orders.produce(server, "three")).isEqualTo(RANGE);
            // Of moves the shards know newer ones than this metadata does.
            move(server);
            assertThat(Orders.produce(server, "four")).isEqualTo(RANGE + 1);
            assertThat(Orders.consume(server, 4)).containsExactly("one", "two", "three", "four");
        }
    }

    @Test
    void aPartitionIsReadWhereItWasBeforeThoughItsShardHadNotHeardOfIt() throws Exception {
        // Given
        only("two-shards", "wal-1");
        Settings settings = options(directory.resolve("data"), directory.resolve("objects"));

        // When
        RestoreReport report = Restore.of(settings, false).run();

        // Then
        assertThat(kept(report)).isEqualTo(2);
        try (Server server = Server.start(ServeConfig.from(settings))) {
            assertThat(Orders.consume(server, 2)).containsExactly("one", "two");
            assertThat(Orders.produce(server, "three")).isEqualTo(RANGE);
        }
    }

    /** The first record is at one shard, the second at the other, the third behind the restore's gap at the first. */
    @Test
    void whatIsTooOldIsTakenOnBothSidesOfTheGap() throws Exception {
        // Given
        only("one-shard", "metadata");
        Settings settings = options(directory.resolve("data"), directory.resolve("objects"));
        Restore.of(settings, false).run();
        try (Server server = Server.start(ServeConfig.from(settings))) {
            assertThat(Orders.produce(server, "three")).isEqualTo(RANGE);
            assertThat(Orders.logStart(server)).isZero();

            // When
            long[] retentionMs = {1};
            Await.until("all that is too old is gone", LIMIT, () -> {
                // With another time than before everything is looked at again, which takes 10 minutes else.
                Orders.retain(server, Duration.ofMillis(retentionMs[0]++));
                return Orders.logStart(server) == RANGE + 1;
            });

            // Then
            assertThat(Orders.produce(server, "four")).isEqualTo(RANGE + 1);
        }
    }
}
