package io.weir.launcher.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.Restoration;
import io.weir.contracts.object.ObjectStore;
import io.weir.launcher.config.ServeConfig;
import io.weir.launcher.config.Setting;
import io.weir.launcher.config.SettingException;
import io.weir.launcher.config.Settings;
import io.weir.launcher.data.DataDirectoryException;
import io.weir.objecttier.file.FileObjectStore;
import io.weir.testsupport.file.Trees;
import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several nodes that are restored from one object store, one after another. */
class RestoredClusterTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long RANGE = 1_000_000_000_000L;

    /** Of a server whose disk is lost. */
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path lost;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    private String peers = "";

    @BeforeAll
    static void lose() throws Exception {
        Path objects = lost.resolve("objects");
        try (Server server = Server.start(ServeConfig.from(options(lost.resolve("data"), objects, Map.of())))) {
            Orders.create(server);
            Orders.produce(server, "one");
            awaitKept(objects, 1);
            Trees.copyInUse(objects.resolve("backup"), lost.resolve("early"));
            Orders.produce(server, "two");
            awaitKept(objects, 2);
            // The topic's first segment is in the newest copy by now: it is another one than the first was.
            awaitNewer(objects.resolve("backup/wal-0"), lost.resolve("early/wal-0"));
        }
    }

    private static void awaitKept(Path objects, long records) throws IOException {
        try (ObjectStore store = new FileObjectStore(objects, new NodeId(9))) {
            Await.until(records + " records can be restored", LIMIT, () -> kept(store) == records);
        }
    }

    private static long kept(ObjectStore store) {
        try {
            return RestoredGroups.newest(store, new Restoration(1), List.of()).report().topics().stream()
                    .mapToLong(RestoreReport.TopicPart::kept)
                    .sum();
        } catch (ServiceException notYet) {
            return -1;
        }
    }

    private static void awaitNewer(Path backups, Path early) {
        Await.until("a later copy", LIMIT, () -> newest(backups).compareTo(newest(early)) > 0);
    }

    private static String newest(Path backups) throws IOException {
        try (Stream<Path> files = Files.list(backups)) {
            return files.map(file -> file.getFileName().toString())
                    .max(Comparator.naturalOrder())
                    .orElse("");
        }
    }

    @BeforeEach
    void copyObjects() throws IOException {
        Trees.copy(lost.resolve("objects"), objects());
        peers = peers();
    }

    private static String peers() throws IOException {
        List<String> peers = new ArrayList<>();
        for (int node = 1; node <= 3; node++) {
            peers.add(node + "=127.0.0.1:" + FreePorts.next());
        }
        return String.join(",", peers);
    }

    private Path objects() {
        return directory.resolve("objects");
    }

    private static Settings options(Path data, Path objects, Map<Setting, String> more) {
        Map<Setting, String> flags = new EnumMap<>(Map.of(
                Setting.DATA_DIR, data.toString(),
                Setting.OBJECT_STORE, "file:" + objects,
                Setting.KAFKA_LISTEN, "127.0.0.1:0",
                Setting.ADMIN_LISTEN, "127.0.0.1:0",
                Setting.TABLES, "false",
                Setting.BACKUP_INTERVAL, "1s",
                Setting.FLUSH_INTERVAL, "1s"));
        flags.putAll(more);
        return Settings.of(flags, Map.of(), Map.of());
    }

    private Settings node(int node, String data) {
        Map<Setting, String> own = Map.of(Setting.NODE_ID, Integer.toString(node), Setting.PEERS, peers);
        return options(directory.resolve(data), objects(), own);
    }

    private RestoreReport restore(int node, String data) {
        return Restore.of(node(node, data), false).run();
    }

    @Test
    void foundersBeginWithTheSameAndGoOnTogether() throws Exception {
        // Given a first one that finds an earlier copy than the others
        Path backups = objects().resolve("backup");
        Trees.delete(backups);
        Trees.copy(lost.resolve("early"), backups);
        RestoreReport first = restore(1, "node-1");
        Trees.copy(lost.resolve("objects/backup"), backups);

        // When
        RestoreReport second = restore(2, "node-2");
        RestoreReport third = restore(3, "node-3");

        // Then
        assertThat(second).isEqualTo(first);
        assertThat(third).isEqualTo(first);
        assertThat(first.restoration()).isEqualTo(new Restoration(1));
        List<Server> servers = start();
        try {
            assertThat(Orders.produce(servers.getFirst(), "three")).isEqualTo(RANGE);
            assertThat(Orders.consume(servers.getLast(), 3)).containsExactly("one", "two", "three");
            // Whose disk is lost now is a new replica: as the founder it could vote against what it voted for.
            Await.until(
                    "it has gone on",
                    LIMIT,
                    () -> newest(backups.resolve("wal-0")).compareTo("0000010000000000") > 0);
            assertThatThrownBy(() -> restore(3, "again"))
                    .isInstanceOf(ServiceException.class)
                    .hasMessageContaining("has gone on since")
                    .hasMessageContaining("it comes back as a new replica");
        } finally {
            servers.forEach(Server::close);
        }
    }

    private List<Server> start() {
        List<CompletableFuture<Server>> starting = IntStream.rangeClosed(1, 3)
                .mapToObj(node -> CompletableFuture.supplyAsync(
                        () -> Server.start(ServeConfig.from(node(node, "node-" + node))),
                        work -> Thread.ofPlatform().start(work)))
                .toList();
        return starting.stream().map(CompletableFuture::join).toList();
    }

    @Test
    void nodesOfOneRoleEachBeginWithWhatTheyKeep() throws IOException {
        peers = "1=127.0.0.1:" + FreePorts.next() + "/metadata,2=127.0.0.1:" + FreePorts.next() + "/wal";

        RestoreReport first = restore(1, "node-1");

        assertThat(restore(2, "node-2")).isEqualTo(first);
        assertThat(directory.resolve("node-1/raft/metadata")).isDirectory();
        assertThat(directory.resolve("node-1/raft/cursors")).isDirectory();
        assertThat(directory.resolve("node-1/raft/wal-0")).doesNotExist();
        assertThat(directory.resolve("node-2/raft/wal-0")).isDirectory();
        assertThat(directory.resolve("node-2/raft/metadata")).doesNotExist();
    }

    @Test
    void aNodeTakesItsPlaceInARestoreOnce() {
        restore(1, "node-1");

        assertThatThrownBy(() -> restore(1, "node-1"))
                .isInstanceOf(DataDirectoryException.class)
                .hasMessageContaining("has a log already");
        assertThatThrownBy(() -> restore(1, "elsewhere"))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("has taken its place in restore 1 already");
        assertThat(directory.resolve("elsewhere/raft")).doesNotExist();
    }

    @Test
    void anotherRestoreIsBegunWhenThatIsSaidAndTheOthersFollowThat() {
        restore(1, "node-1");

        RestoreReport again = Restore.of(node(1, "another-1"), true).run();

        assertThat(again.restoration()).isEqualTo(new Restoration(2));
        assertThat(restore(2, "another-2")).isEqualTo(again);
    }

    @Test
    void othersThanTheFirstOneNamedDoNotTakePart() throws IOException {
        restore(1, "node-1");
        String before = peers;
        peers = peers();

        assertThatThrownBy(() -> restore(2, "node-2"))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining(before)
                .hasMessageContaining(peers);
        assertThatThrownBy(() -> restore(4, "node-4")).isInstanceOf(SettingException.class);
        assertThat(directory.resolve("node-2/raft")).doesNotExist();
    }

    @Test
    void whoCannotBeginWithTheSameDoesNotBegin() throws IOException {
        // Given a first one that takes segments in which were flushed after its copy
        Path backups = objects().resolve("backup");
        Trees.delete(backups);
        Trees.copy(lost.resolve("early"), backups);
        restore(1, "node-1");
        Path aside = directory.resolve("aside");
        Path copied = backups.resolve("cursors").resolve(newest(backups.resolve("cursors")));

        // When the copy is not there any more
        Files.move(copied, aside);

        // Then
        assertThatThrownBy(() -> restore(2, "node-2"))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("cursors")
                .hasMessageContaining("which restore 1 began with");

        // When it is, and the segments are not
        Files.move(aside, copied);
        for (Path segment : segments()) {
            Files.delete(segment);
        }

        // Then
        assertThatThrownBy(() -> restore(2, "node-2"))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("what the store has now makes");
        assertThat(directory.resolve("node-2/raft")).doesNotExist();
    }

    private List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.walk(objects())) {
            return files.filter(file -> file.getFileName().toString().startsWith("s-"))
                    .toList();
        }
    }
}
