package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.history.HistoryCheck;
import io.weir.testsupport.history.Recorder;
import io.weir.testsupport.history.Verdict;
import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.Command;
import io.weir.testsupport.process.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.Node;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node is drained while clients go on, is killed then, comes back, and gets what it should lead; at last it is
 * stopped in order. Prints how long nothing was acknowledged, since a busy machine stretches that.
 */
@Tag("e2e")
class DrainedNodeTest {
    private static final String TOPIC = "drained";
    /** So few that they stay together on the first shard. */
    private static final int PARTITIONS = 3;

    private static final Duration AT_MOST = Duration.ofMinutes(2);
    /** An election takes 0.5 to 2 s where nothing else runs. */
    private static final Duration NOTICED = Duration.ofSeconds(10);

    @TempDir
    Path directory;

    @Test
    void aLeaderIsDrainedAndKilledAndGetsItsShardBack() throws Exception {
        // Given
        try (SeveralServers servers = new SeveralServers(
                                Weir.command(), "drained", 3, directory, "--tables", "false", "--wal-shards", "2")
                        .start();
                Recorder recorder = new Recorder(directory.resolve("history"))) {
            try (Topics topics = new Topics(servers.node(1).bootstrap())) {
                topics.create(TOPIC, PARTITIONS);
            }
            RecordedLoad load = new RecordedLoad(servers.bootstrap(), TOPIC, PARTITIONS, recorder);
            load.produce("p1", 200);
            load.acknowledgements().untilMore(200, AT_MOST);
            int drained = servers.leader("wal-0", AT_MOST);
            ServerProcess leader = servers.node(drained);
            ServerProcess other = servers.node(drained % 3 + 1);

            // When it is drained
            load.acknowledgements().begin();
            assertThat(drain(other, drained).run().succeeded().err()).contains("is drained");
            load.acknowledgements().untilMore(200, AT_MOST);
            Duration drain = load.acknowledgements().longest();
            // Then nobody is sent there
            Await.until("another leads", AT_MOST, () -> servers.leader("wal-0", AT_MOST) != drained);
            awaitBrokers(other, sentTo -> sentTo.size() == 2 && !sentTo.contains(drained));

            // When it is killed
            load.acknowledgements().begin();
            leader.kill();
            load.acknowledgements().untilMore(400, AT_MOST);
            Duration kill = load.acknowledgements().longest();
            // And comes back, it is drained still
            leader.start();
            assertThat(drain(other, drained).run().succeeded().err()).contains("is drained");

            // When that ends, both shards come to the places that they have
            drain(other, drained, "--undo").run().succeeded();
            Await.until(
                    "each shard is led in its place",
                    AT_MOST,
                    () -> servers.leader("wal-0", AT_MOST) == 1 && servers.leader("wal-1", AT_MOST) == 2);
            awaitBrokers(other, sentTo -> sentTo.size() == 3);

            // And when a leader is stopped
            load.acknowledgements().begin();
            servers.node(1).terminate(Duration.ofSeconds(60));
            load.acknowledgements().untilMore(400, AT_MOST);
            Duration stop = load.acknowledgements().longest();
            load.check();
            load.stop();

            // Then
            System.out.println("drained: nothing acknowledged for " + drain.toMillis() + " ms while it was drained, "
                    + kill.toMillis() + " ms when it was killed then, " + stop.toMillis()
                    + " ms when a leader was stopped");
            assertThat(List.of(drain, kill, stop)).allMatch(gap -> gap.compareTo(NOTICED) < 0);
            load.scan("scan", servers.node(2).bootstrap());
            requireConsistent(HistoryCheck.of(recorder.history()));
        }
    }

    private static void requireConsistent(Verdict verdict) {
        assertThat(verdict.anomalies()).as(verdict.toString()).isEmpty();
        assertThat(verdict.confirmed()).isEqualTo(verdict.acknowledged()).isPositive();
    }

    private static Command drain(ServerProcess asked, int node, String... options) {
        return Weir.command()
                .with(
                        "cluster",
                        "drain",
                        Integer.toString(node),
                        "--admin",
                        asked.admin().toString())
                .with(options);
    }

    private static void awaitBrokers(ServerProcess asked, Predicate<List<Integer>> which) {
        Await.until("clients are sent to those that serve them", AT_MOST, () -> {
            try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, asked.bootstrap()))) {
                return which.test(admin.describeCluster().nodes().get().stream()
                        .map(Node::id)
                        .toList());
            }
        });
    }
}
