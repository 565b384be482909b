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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Partitions move to another shard and back while they are written, read and committed, and the leader of the shard
 * that they leave is killed on the way.
 */
@Tag("e2e")
class MovedPartitionsTest {
    private static final String TOPIC = "moved";
    private static final int PARTITIONS = 4;
    private static final Duration AT_MOST = Duration.ofMinutes(2);

    @TempDir
    Path directory;

    @Test
    void clientsGoOnWhilePartitionsMoveForthAndBack() throws Exception {
        // Given
        try (SeveralServers servers = new SeveralServers(
                                Weir.command(), "moved", 3, directory, "--tables", "false", "--wal-shards", "2")
                        .start();
                Recorder recorder = new Recorder(directory.resolve("history"))) {
            try (Topics topics = new Topics(servers.node(1).bootstrap())) {
                topics.create(TOPIC, PARTITIONS);
            }
            RecordedLoad load = new RecordedLoad(servers.bootstrap(), TOPIC, PARTITIONS, recorder);
            load.produce("p1", 200);
            load.produce("p2", 200);
            load.consume("m1", "moved-group");
            load.read("r1");
            allGoOn(load);

            // When all go to one shard, and then to the other
            load.acknowledgements().begin();
            moved(servers.node(2), TOPIC, 0);
            moved(servers.node(2), TOPIC, 1);
            allGoOn(load);
            System.out.println(
                    "moved: nothing acknowledged for " + load.acknowledgements().longest());

            // When some come back, and who leads the shard that they leave dies meanwhile
            int leader = servers.leader("wal-1", AT_MOST);
            ServerProcess other = servers.node(leader % 3 + 1);
            String some = TOPIC + ":0,2";
            CompletableFuture<Command.Finished> moving = CompletableFuture.supplyAsync(
                    () -> move(other, some, 0).run(),
                    work -> Thread.ofPlatform().start(work));
            servers.node(leader).kill();
            allGoOn(load);
            servers.node(leader).start();
            moving.get(AT_MOST.toSeconds(), TimeUnit.SECONDS);
            // Whether it was given up or not
            moved(other, some, 0);
            allGoOn(load);
            load.stop();

            // Then
            for (ServerProcess server : servers.all()) {
                load.scan("scan-" + server.kafkaPort(), server.bootstrap());
            }
            Verdict verdict = HistoryCheck.of(recorder.history());
            assertThat(verdict.anomalies()).as(verdict.toString()).isEmpty();
            assertThat(verdict.confirmed()).isEqualTo(verdict.acknowledged()).isPositive();
            // Their records are in the segments of both shards.
            TimeLookups.areRight(servers.bootstrap(), TOPIC, PARTITIONS);
        }
    }

    private static void allGoOn(RecordedLoad load) {
        load.writes().forEach(each -> each.untilMore(50, AT_MOST));
        load.reads().forEach(each -> each.untilMore(5, AT_MOST));
        load.commits().untilMore(5, AT_MOST);
        load.check();
    }

    /** A move that takes too long, as on a machine whose disk does, is given up, and may be planned again. */
    private static void moved(ServerProcess asked, String what, int shard) {
        Await.until(
                what + " is at shard " + shard,
                AT_MOST,
                () -> move(asked, what, shard).run().exitCode() == 0);
    }

    private static Command move(ServerProcess asked, String what, int shard) {
        return Weir.command()
                .with(
                        "cluster",
                        "move",
                        what,
                        "--to",
                        Integer.toString(shard),
                        "--admin",
                        asked.admin().toString());
    }
}
