package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.history.HistoryCheck;
import io.weir.testsupport.history.Recorder;
import io.weir.testsupport.history.Verdict;
import io.weir.testsupport.process.ServerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Gateways that keep nothing serve what others keep, and neither they nor those others are missed when they die. */
@Tag("e2e")
class RolesApartTest {
    private static final String TOPIC = "apart";
    private static final String GROUP = "apart-group";
    private static final int PARTITIONS = 4;
    private static final Duration GOES_ON_AT_MOST = Duration.ofSeconds(60);
    private static final List<String> ROLES = List.of("metadata", "wal", "gateway", "gateway");

    @TempDir
    Path directory;

    @Test
    void clientsGoOnWhileAGatewayIsKilledAndWhileTheLogIsAway() throws Exception {
        // Given
        try (SeveralServers servers =
                        new SeveralServers(Weir.command(), "apart", ROLES, directory, "--tables", "false").start();
                Recorder recorder = new Recorder(directory.resolve("history"))) {
            try (Topics topics = new Topics(servers.bootstrap())) {
                topics.create(TOPIC, PARTITIONS);
            }
            RecordedLoad load = new RecordedLoad(servers.bootstrap(), TOPIC, PARTITIONS, recorder);
            load.produce("p1", 200);
            load.produce("p2", 200);
            load.consume("m1", GROUP);
            load.polls().untilMore(5, GOES_ON_AT_MOST);

            // When one gateway dies and comes back, and then the log's node does
            for (ServerProcess server : List.of(servers.gateways().getFirst(), servers.node(2))) {
                server.kill();
                if (!servers.gateways().contains(server)) {
                    server.start();
                }
                load.acknowledgements().untilMore(50, GOES_ON_AT_MOST);
                load.polls().untilMore(10, GOES_ON_AT_MOST);
                load.check();
                if (servers.gateways().contains(server)) {
                    server.start();
                }
            }
            load.stop();

            // Then
            for (ServerProcess gateway : servers.gateways()) {
                load.scan("scan-" + gateway.kafkaPort(), gateway.bootstrap());
                load.fetchCommitted("fetch-" + gateway.kafkaPort(), GROUP, gateway.bootstrap());
            }
            Verdict verdict = HistoryCheck.of(recorder.history());
            assertThat(verdict.anomalies()).as(verdict.toString()).isEmpty();
            assertThat(verdict.confirmed()).isEqualTo(verdict.acknowledged()).isGreaterThan(500);
            for (ServerProcess gateway : servers.gateways()) {
                assertThat(logsIn(gateway.dataDirectory())).isEmpty();
            }
        }
    }

    /** The groups that a node keeps. */
    private static List<String> logsIn(Path data) throws Exception {
        Path raft = data.resolve("raft");
        if (!Files.exists(raft)) {
            return List.of();
        }
        try (Stream<Path> groups = Files.list(raft)) {
            return groups.map(group -> group.getFileName().toString())
                    .filter(group -> !group.equals("arriving"))
                    .toList();
        }
    }
}
