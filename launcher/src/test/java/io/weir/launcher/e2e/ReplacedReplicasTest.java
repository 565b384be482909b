package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.file.Trees;
import io.weir.testsupport.history.HistoryCheck;
import io.weir.testsupport.history.Recorder;
import io.weir.testsupport.history.Verdict;
import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    void aNodeWithoutItsDiskAndOneWithoutTheTermOfAGroupReturnAndHaveEverything() throws Exception {
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
            // And another one the file of a group's term, by which it may not vote once more
            ServerProcess damaged = servers.node(3);
            damaged.kill();
            Path group = damaged.dataDirectory().resolve("raft").resolve("wal-0");
            deleteTerm(group);
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
            assertThat(damaged.dataDirectory().resolve("raft-damaged").resolve(raft.relativize(group)))
                    .exists();
        }
    }

    private static void awaitReplaced(ServerProcess asked, List<Integer> replaced) {
        Await.until(
                "nodes " + replaced + " are replaced",
                AT_MOST,
                () -> Membership.of(asked).isOf(List.of(1, 2, 3), replaced));
    }

    private static void deleteTerm(Path group) throws IOException {
        try (Stream<Path> files = Files.walk(group)) {
            Files.delete(
                    files.filter(file -> file.endsWith("raft-meta")).findFirst().orElseThrow());
        }
    }
}
