package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.history.HistoryCheck;
import io.weir.testsupport.history.Recorder;
import io.weir.testsupport.history.Verdict;
import io.weir.testsupport.power.SystemCallTrace;
import io.weir.testsupport.process.ServerProcess;
import io.weir.testsupport.seed.LongRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Cuts the power of one, two or all of three nodes under load, again and again, each of which finds on its disk what
 * may be left: what clients saw is judged as a history. {@code -Dweir.seed=S} for other cuts; instants are those of the
 * clock, so a run is alike, never the same.
 */
@Tag("e2e")
class SeveralLosePowerTest {
    private static final long SEED = Long.getLong("weir.seed", 3);
    private static final int NODES = 3;
    private static final int CUTS = 4;
    private static final int PARTITIONS = 3;
    private static final String TOPIC = "power";
    private static final String GROUP = "power-group";
    private static final Duration GOES_ON_AT_MOST = Duration.ofSeconds(90);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path scratch;

    @Test
    void nothingIsLostWhenSeveralNodesLosePower() throws Exception {
        run(SEED);
    }

    @Test
    @Tag("long")
    @Tag("long-faults")
    void nothingIsLostWhenSeveralNodesLosePowerForLong() throws Exception {
        LongRun.of("SeveralLosePowerTest").run("power cuts", this::run);
    }

    /** Returns how many cuts there were. */
    private long run(long seed) throws Exception {
        if (!SystemCallTrace.isPossible()) {
            Tools.skip("strace is not installed");
        }
        Path home = Files.createDirectories(scratch.resolve("cuts-" + seed)).toRealPath();
        List<TracedDisk> disks = IntStream.rangeClosed(1, NODES)
                .mapToObj(node -> new TracedDisk(home.resolve("node-" + node)))
                .toList();
        Path history = Files.createDirectories(Weir.target().resolve("e2e")).resolve("power-history-" + seed);
        Files.deleteIfExists(history);
        try (SeveralServers servers = new SeveralServers(
                        node -> disks.get(node - 1).under(Weir.busyCommand()),
                        "several-lose-power",
                        NODES,
                        home,
                        "--tables",
                        "false",
                        "--flush-bytes",
                        "1MiB",
                        "--flush-interval",
                        "1s");
                Recorder recorder = new Recorder(history)) {
            run(servers, disks, recorder, new Random(seed));
            Verdict verdict = HistoryCheck.of(recorder.history());
            System.out.println("power: seed " + seed + "; " + verdict);
            assertThat(verdict.anomalies()).as("seed " + seed + ": " + verdict).isEmpty();
            assertThat(verdict.confirmed()).isEqualTo(verdict.acknowledged()).isGreaterThan(500);
            Files.delete(history);
            return CUTS;
        } catch (AssertionError wrong) {
            throw new AssertionError("Seed " + seed + ", history in " + history + ": " + wrong.getMessage(), wrong);
        }
    }

    private static void run(SeveralServers servers, List<TracedDisk> disks, Recorder recorder, Random random)
            throws Exception {
        // Given
        start(servers, List.of(1, 2, 3), disks);
        try (Topics topics = new Topics(servers.node(1).bootstrap())) {
            topics.create(TOPIC, PARTITIONS);
        }
        RecordedLoad load = new RecordedLoad(servers.bootstrap(), TOPIC, PARTITIONS, recorder);
        load.produce("p1", 100);
        load.produce("p2", 100);
        load.consume("m1", GROUP);

        // When
        for (int cut = 0; cut < CUTS; cut++) {
            load.acknowledgements().untilMore(150, GOES_ON_AT_MOST);
            LockSupport.parkNanos(random.nextInt(2_000) * 1_000_000L);
            List<Integer> numbers = new ArrayList<>(List.of(1, 2, 3));
            Collections.shuffle(numbers, random);
            // All of them first.
            numbers = numbers.subList(0, cut == 0 ? NODES : 1 + random.nextInt(NODES));
            TracedDisk.kill(numbers.stream().map(servers::node).toList());
            for (int number : numbers) {
                boolean some = random.nextBoolean();
                System.out.println("power: node " + number + " has kept " + (some ? "some" : "what is certain"));
                if (some) {
                    disks.get(number - 1).losePower(random);
                } else {
                    disks.get(number - 1).losePower();
                }
            }
            start(servers, numbers, disks);
            load.check();
        }
        load.acknowledgements().untilMore(150, GOES_ON_AT_MOST);
        load.stop();

        // Then
        for (ServerProcess server : servers.all()) {
            load.scan("scan-" + server.kafkaPort(), server.bootstrap());
            load.fetchCommitted("fetch-" + server.kafkaPort(), GROUP, server.bootstrap());
        }
    }

    private static void start(SeveralServers servers, List<Integer> numbers, List<TracedDisk> disks) throws Exception {
        for (int number : numbers) {
            disks.get(number - 1).settle();
        }
        servers.start(numbers.stream().map(servers::node).toList());
    }
}
