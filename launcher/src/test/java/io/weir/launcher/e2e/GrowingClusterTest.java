package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.history.HistoryCheck;
import io.weir.testsupport.history.Recorder;
import io.weir.testsupport.history.Verdict;
import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One process becomes three and then two others, while clients go on. */
@Tag("e2e")
class GrowingClusterTest {
    private static final String TOPIC = "growing";
    private static final int PARTITIONS = 6;
    private static final Duration AT_MOST = Duration.ofMinutes(2);

    @TempDir
    Path directory;

    @Test
    void aSingleProcessGrowsIntoThreeAndIsRemovedWhileItServes() throws Exception {
        // Given
        try (SeveralServers servers =
                        new SeveralServers(Weir.command(), "growing", 1, directory, "--tables", "false").start();
                Recorder recorder = new Recorder(directory.resolve("history"))) {
            ServerProcess first = servers.node(1);
            try (Topics topics = new Topics(first.bootstrap())) {
                topics.create(TOPIC, PARTITIONS);
            }
            RecordedLoad load = new RecordedLoad(servers.bootstrap(), TOPIC, PARTITIONS, recorder);
            load.produce("p1", 200);
            load.acknowledgements().untilMore(200, AT_MOST);

            // When two join
            servers.grow(first);
            awaitMembers(first, List.of(1, 2));
            load.acknowledgements().untilMore(200, AT_MOST);
            ServerProcess third = servers.grow(first);
            awaitMembers(first, List.of(1, 2, 3));
            awaitMembers(third, List.of(1, 2, 3));
            load.acknowledgements().untilMore(200, AT_MOST);
            // And the first one, which led everything, leaves
            Weir.command()
                    .with("cluster", "remove", "1", "--admin", third.admin().toString())
                    .run()
                    .succeeded();
            awaitMembers(third, List.of(2, 3));
            // It passes its clients on, who know no other node yet
            load.acknowledgements().untilMore(200, AT_MOST);
            first.kill();
            load.acknowledgements().untilMore(200, AT_MOST);
            load.check();
            load.stop();

            // Then
            load.scan("scan-second", servers.node(2).bootstrap());
            load.scan("scan-third", third.bootstrap());
            Verdict verdict = HistoryCheck.of(recorder.history());
            assertThat(verdict.anomalies()).as(verdict.toString()).isEmpty();
            assertThat(verdict.confirmed()).isEqualTo(verdict.acknowledged()).isGreaterThan(600);
        }
    }

    private static void awaitMembers(ServerProcess asked, List<Integer> nodes) {
        Await.until(
                "the groups are of " + nodes,
                AT_MOST,
                () -> Membership.of(asked).isOf(nodes, List.of()));
    }
}
