package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.history.HistoryCheck;
import io.weir.testsupport.history.Recorder;
import io.weir.testsupport.history.Verdict;
import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A shard is added to three nodes and a gateway that serve, and is there after everybody was stopped. */
@Tag("e2e")
class AddedShardsTest {
    private static final Duration AT_MOST = Duration.ofMinutes(2);

    @TempDir
    Path directory;

    @Test
    void topicsOfLaterLiveOnShardsThatWereAddedWhileServing() throws Exception {
        // Given
        try (SeveralServers servers = fourServers().start();
                Recorder first = new Recorder(directory.resolve("first"));
                Recorder second = new Recorder(directory.resolve("second"))) {
            ServerProcess gateway = servers.node(4);
            RecordedLoad before;
            RecordedLoad after;
            try (Topics topics = new Topics(gateway.bootstrap())) {
                topics.create("before", 3);
                before = new RecordedLoad(servers.bootstrap(), "before", 3, first);
                before.produce("p1", 100);
                before.acknowledgements().untilMore(50, AT_MOST);

                // When
                Weir.command()
                        .with("cluster", "shards", "2", "--admin")
                        .with(servers.node(2).admin().toString())
                        .run()
                        .succeeded();
                topics.create("after", 3);
                after = new RecordedLoad(gateway.bootstrap(), "after", 3, second);
                after.produce("p2", 100);
                after.acknowledgements().untilMore(100, AT_MOST);
                before.acknowledgements().untilMore(50, AT_MOST);
            }
            for (RecordedLoad load : List.of(before, after)) {
                load.check();
                load.stop();
            }

            // Then it is led by somebody, of three peers, and has the streams
            assertThat(servers.leader("wal-1", AT_MOST)).isBetween(1, 3);
            for (ServerProcess asked : List.of(servers.node(1), gateway)) {
                Await.until(
                        "the new shard's replicas",
                        AT_MOST,
                        () -> Membership.of(asked).isOf(List.of(1, 2, 3), List.of()));
            }
            assertThat(described(gateway)).containsPattern("\"group\":\\s*\"wal-1\"[^}]*\"streams\":\\s*3");

            // When all are started again, told of one shard still
            servers.all().forEach(ServerProcess::kill);
            servers.start(servers.all());

            // Then
            before.scan("scan-before", gateway.bootstrap());
            after.scan("scan-after", servers.node(1).bootstrap());
            for (Recorder recorder : List.of(first, second)) {
                Verdict verdict = HistoryCheck.of(recorder.history());
                assertThat(verdict.anomalies()).as(verdict.toString()).isEmpty();
                assertThat(verdict.confirmed())
                        .isEqualTo(verdict.acknowledged())
                        .isGreaterThanOrEqualTo(100);
            }
        }
    }

    private SeveralServers fourServers() throws IOException {
        List<String> roles = List.of("all", "all", "all", "gateway");
        return new SeveralServers(Weir.command(), "added", roles, directory, "--tables", "false");
    }

    private static String described(ServerProcess asked) {
        return Weir.command()
                .with("cluster", "describe", "-o", "json", "--admin")
                .with(asked.admin().toString())
                .run()
                .succeeded()
                .text();
    }
}
