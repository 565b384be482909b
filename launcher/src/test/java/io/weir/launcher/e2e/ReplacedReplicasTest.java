package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.file.Trees;
import io.weir.testsupport.history.HistoryCheck;
import io.weir.testsupport.history.Recorder;
import io.weir.testsupport.history.Verdict;
import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.ServerProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that come back without what they had written: nobody does anything but start them. */
@Tag("e2e")
class ReplacedReplicasTest {
    private static final String TOPIC = "replaced";
    private static final int PARTITIONS = 6;
    private static final Duration AT_MOST = Duration.ofMinutes(2);

    @TempDir
    Path directory;

    @Test
    void aNodeWithoutItsDiskAndOneWithADamagedLogReturnAndHaveEverything() throws Exception {
        // Given
        try (SeveralServers servers =
                        new SeveralServers(Weir.command(), "replaced", 3, directory, "--tables", "false").start();
                Recorder recorder = new Recorder(directory.resolve("history"))) {
            try (Topics topics = new Topics(servers.node(1).bootstrap())) {
                topics.create(TOPIC, PARTITIONS);
            }
            RecordedLoad load = new RecordedLoad(servers.bootstrap(), TOPIC, PARTITIONS, recorder);
            load.produce("p1", 200);
            load.acknowledgements().untilMore(200, AT_MOST);

            // When one loses its directory
            ServerProcess wiped = servers.node(2);
            wiped.kill();
            Trees.delete(wiped.dataDirectory());
            load.acknowledgements().untilMore(200, AT_MOST);
            wiped.start();
            awaitReplaced(servers.node(1), List.of(2));
            awaitReplaced(wiped, List.of(2));
            // And another one has a flipped bit in the middle of a log
            ServerProcess damaged = servers.node(3);
            damaged.kill();
            Path log = damage(damaged.dataDirectory().resolve("raft").resolve("wal-0"));
            damaged.start();
            awaitReplaced(damaged, List.of(2, 3));
            // Then the two are a quorum without the first
            servers.node(1).kill();
            load.acknowledgements().untilMore(200, AT_MOST);
            load.check();
            load.stop();
            load.scan("scan-wiped", wiped.bootstrap());
            load.scan("scan-damaged", damaged.bootstrap());
            Verdict verdict = HistoryCheck.of(recorder.history());
            assertThat(verdict.anomalies()).as(verdict.toString()).isEmpty();
            assertThat(verdict.confirmed()).isEqualTo(verdict.acknowledged()).isGreaterThan(500);
            // And the damaged log is kept
            Path raft = damaged.dataDirectory().resolve("raft");
            assertThat(damaged.dataDirectory().resolve("raft-damaged").resolve(raft.relativize(log)))
                    .exists();
        }
    }

    private static void awaitReplaced(ServerProcess asked, List<Integer> replaced) {
        Await.until(
                "nodes " + replaced + " are replaced",
                AT_MOST,
                () -> Membership.of(asked).isOf(List.of(1, 2, 3), replaced));
    }

    /** A bit early in what was written to the newest log file, with entries behind it: the file's rest is zeros. */
    private static Path damage(Path group) throws IOException {
        try (Stream<Path> files = Files.walk(group)) {
            Path log = files.filter(file -> file.getFileName().toString().startsWith("log_inprogress"))
                    .findFirst()
                    .orElseThrow();
            try (FileChannel channel = FileChannel.open(log, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                long at = written(log) / 3;
                ByteBuffer one = ByteBuffer.allocate(1);
                channel.read(one, at);
                channel.write(one.flip().put(0, (byte) (one.get(0) ^ 4)).rewind(), at);
            }
            return log;
        }
    }

    private static int written(Path log) throws IOException {
        byte[] bytes = Files.readAllBytes(log);
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
            end--;
        }
        return end;
    }
}
