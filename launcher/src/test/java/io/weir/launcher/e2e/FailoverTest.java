package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.history.HistoryCheck;
import io.weir.testsupport.history.Recorder;
import io.weir.testsupport.history.Verdict;
import io.weir.testsupport.process.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How long clients wait when a node dies: prints the times, since a busy machine stretches them, and asserts that
 * nothing is lost. {@code -Dweir.failover.kills=N} for another number of kills of each kind.
 */
@Tag("e2e")
@Tag("long")
class FailoverTest {
    private static final int KILLS = Integer.getInteger("weir.failover.kills", 20);
    private static final int PARTITIONS = 6;
    private static final String TOPIC = "failover";
    private static final String GROUP = "failover-group";
    private static final Duration AT_MOST = Duration.ofSeconds(60);
    private static final Duration QUIET = Duration.ofSeconds(6);

    @TempDir
    Path directory;

    @Test
    void clientsGoOnWhenTheNodeThatLeadsDies() throws Exception {
        run("leader", true);
    }

    @Test
    void clientsGoOnWhenANodeThatFollowsDies() throws Exception {
        run("follower", false);
    }

    private void run(String name, boolean leads) throws Exception {
        try (SeveralServers servers = new SeveralServers(
                                Weir.command(), "failover-" + name, 3, directory, "--tables", "false")
                        .start();
                Recorder recorder = new Recorder(directory.resolve("history"))) {
            // Given
            try (Topics topics = new Topics(servers.node(1).bootstrap())) {
                topics.create(TOPIC, PARTITIONS);
            }
            RecordedLoad load = new RecordedLoad(servers.bootstrap(), TOPIC, PARTITIONS, recorder);
            load.produce("p1", 300);
            load.produce("p2", 300);
            load.consume("m1", GROUP);
            load.polls().untilMore(5, AT_MOST);

            // When
            List<Long> appends = new ArrayList<>();
            List<Long> reads = new ArrayList<>();
            for (int kill = 0; kill < KILLS; kill++) {
                LockSupport.parkNanos(QUIET.toNanos());
                int leader = servers.leader("wal-0", AT_MOST);
                ServerProcess killed = servers.node(leads ? leader : leader % 3 + 1);
                load.acknowledgements().begin();
                load.polls().begin();
                killed.kill();
                // What was on its way when it died is among the first.
                load.acknowledgements().untilMore(1000, AT_MOST);
                load.polls().untilMore(20, AT_MOST);
                appends.add(load.acknowledgements().longest().toMillis());
                reads.add(load.polls().longest().toMillis());
                load.check();
                killed.start();
            }
            load.stop();

            // Then
            appends.sort(null);
            reads.sort(null);
            System.out.println("failover: " + KILLS + " kills of the " + name + ": nothing acknowledged for " + appends
                    + " ms, nothing read for " + reads + " ms");
            for (ServerProcess server : servers.all()) {
                load.scan("scan-" + server.kafkaPort(), server.bootstrap());
            }
            Verdict verdict = HistoryCheck.of(recorder.history());
            assertThat(verdict.anomalies()).as(verdict.toString()).isEmpty();
            assertThat(verdict.confirmed()).isEqualTo(verdict.acknowledged()).isPositive();
        }
    }
}
