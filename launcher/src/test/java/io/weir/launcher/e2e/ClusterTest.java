package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.history.HistoryCheck;
import io.weir.testsupport.history.Recorder;
import io.weir.testsupport.history.Verdict;
import io.weir.testsupport.process.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three processes are one service: to clients that begin at any of them, while they die and come back. */
@Tag("e2e")
class ClusterTest {
    private static final String TOPIC = "together";
    private static final String GROUP = "together-group";
    private static final int PARTITIONS = 6;
    private static final Duration GOES_ON_AT_MOST = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    @Test
    void clientsGoOnWhileEachNodeInTurnIsKilledAndComesBack() throws Exception {
        // Given
        try (SeveralServers servers =
                        new SeveralServers(Weir.command(), "cluster", 3, directory, "--tables", "false").start();
                Recorder recorder = new Recorder(directory.resolve("history"))) {
            try (Topics topics = new Topics(servers.node(2).bootstrap())) {
                topics.create(TOPIC, PARTITIONS);
            }
            RecordedLoad load = new RecordedLoad(servers.bootstrap(), TOPIC, PARTITIONS, recorder);
            load.produce("p1", 200);
            load.produce("p2", 200);
            load.consume("m1", GROUP);
            load.consume("m2", GROUP);
            load.polls().untilMore(5, GOES_ON_AT_MOST);

            // When
            for (ServerProcess server : servers.all()) {
                server.kill();
                Duration away = load.acknowledgements().untilMore(50, GOES_ON_AT_MOST);
                Duration quiet = load.polls().untilMore(10, GOES_ON_AT_MOST);
                System.out.println("cluster test: acknowledged again after " + away.toMillis() + " ms, read after "
                        + quiet.toMillis() + " ms more");
                load.check();
                server.start();
            }
            load.stop();

            // Then
            for (ServerProcess server : servers.all()) {
                load.scan("scan-" + server.kafkaPort(), server.bootstrap());
                load.fetchCommitted("fetch-" + server.kafkaPort(), GROUP, server.bootstrap());
            }
            Verdict verdict = HistoryCheck.of(recorder.history());
            assertThat(verdict.anomalies()).as(verdict.toString()).isEmpty();
            assertThat(verdict.confirmed()).isEqualTo(verdict.acknowledged()).isGreaterThan(1000);
        }
    }
}
