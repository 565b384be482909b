package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.history.HistoryCheck;
import io.weir.testsupport.history.Recorder;
import io.weir.testsupport.history.Verdict;
import io.weir.testsupport.process.ServerProcess;
import io.weir.testsupport.seed.LongRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Schedules of faults on three nodes under load, drawn from a seed: what clients saw is judged as a history.
 * {@code -Dweir.faults.seed=S} repeats a schedule; instants are those of the clock, so a run is alike, never the same.
 */
@Tag("e2e")
class ClusterFaultsTest {
    /** Of two schedules that have every fault between them. */
    private static final long SEED = Long.getLong("weir.faults.seed", 1272);

    private static final int NODES = 3;
    private static final int PARTITIONS = 6;
    private static final String TOPIC = "faults";
    private static final String GROUP = "faults-group";
    private static final Duration SCHEDULE = Duration.ofSeconds(60);
    private static final Duration GOES_ON_AT_MOST = Duration.ofSeconds(45);

    @TempDir
    Path directory;

    @Test
    void noScheduleOfFaultsShowsClientsWhatTheyMustNotSee() throws Exception {
        run(SEED);
        run(SEED + 1);
    }

    @Test
    @Tag("long")
    @Tag("long-faults")
    void noScheduleOfFaultsShowsClientsWhatTheyMustNotSeeForLong() throws Exception {
        LongRun.of("ClusterFaultsTest").run("faults", this::run);
    }

    /** Returns how many faults there were. */
    private long run(long seed) throws Exception {
        Path home = Files.createDirectories(directory.resolve("schedule-" + seed));
        Path history = Weir.target().resolve("e2e").resolve("history-" + seed);
        Files.deleteIfExists(history);
        Hosts.require();
        try (Hosts hosts = new Hosts(NODES);
                Nemesis nemesis = new Nemesis(home, hosts, new Random(seed));
                SeveralServers servers = new SeveralServers(
                                host -> nemesis.on(host, Weir.busyCommand()),
                                hosts,
                                "faults",
                                home,
                                "--tables",
                                "false",
                                "--flush-bytes",
                                "1MiB",
                                "--wal-max-bytes",
                                "256MiB",
                                "--flush-interval",
                                "1s")
                        .start();
                Recorder recorder = new Recorder(history)) {
            int faults = run(servers, nemesis, recorder);
            Verdict verdict = HistoryCheck.of(recorder.history());
            System.out.println("faults: seed " + seed + ", " + faults + " faults; " + verdict);
            assertThat(verdict.anomalies()).as("seed " + seed + ": " + verdict).isEmpty();
            assertThat(verdict.confirmed()).isEqualTo(verdict.acknowledged()).isGreaterThan(1000);
            Files.delete(history);
            return faults;
        } catch (AssertionError wrong) {
            throw new AssertionError("Seed " + seed + ", history in " + history + ": " + wrong.getMessage(), wrong);
        }
    }

    private static int run(SeveralServers servers, Nemesis nemesis, Recorder recorder) throws Exception {
        // Given
        try (Topics topics = new Topics(servers.node(1).bootstrap())) {
            topics.create(TOPIC, PARTITIONS);
        }
        RecordedLoad load = new RecordedLoad(servers.bootstrap(), TOPIC, PARTITIONS, recorder);
        load.produce("p1", 150);
        load.produce("p2", 150);
        load.consume("m1", GROUP);
        load.consume("m2", GROUP);
        load.acknowledgements().untilMore(1, GOES_ON_AT_MOST);

        // When
        int faults = 0;
        long end = System.nanoTime() + SCHEDULE.toNanos();
        for (; System.nanoTime() < end; faults++) {
            nemesis.strike(servers);
            Duration away = load.acknowledgements().untilMore(100, GOES_ON_AT_MOST);
            System.out.println("faults: acknowledged again after " + away.toMillis() + " ms");
            load.check();
            nemesis.rest();
        }
        load.stop();

        // Then
        for (ServerProcess server : servers.all()) {
            load.scan("scan-" + server.kafkaPort(), server.bootstrap());
            load.fetchCommitted("fetch-" + server.kafkaPort(), GROUP, server.bootstrap());
        }
        return faults;
    }
}
