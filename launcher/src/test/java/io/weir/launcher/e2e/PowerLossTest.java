package io.weir.launcher.e2e;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.launcher.e2e.Upkeep.Moment;
import io.weir.testsupport.power.DiskAfterPowerLoss;
import io.weir.testsupport.power.SystemCallTrace;
import io.weir.testsupport.power.SystemCallTrace.Call;
import io.weir.testsupport.process.ServerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Cuts the power of the whole server: every file system call of a run is traced, the disk built as of some sync point,
 * and a server started on it. {@code -Dweir.power.cuts=N} for more cuts, {@code -Dweir.seed=S} for others.
 */
@Tag("e2e")
class PowerLossTest {
    private static final int CUTS = Integer.getInteger("weir.power.cuts", 8);
    private static final int CUTS_WHILE_IT_STARTS = 3;
    private static final long SEED = Long.getLong("weir.seed", 20261121);
    private static final Duration SLOW_START = Duration.ofMinutes(3);
    private static final Duration LOAD_AT_MOST = Duration.ofMinutes(2);
    private static final int PARTITIONS = 3;
    private static final String TOPIC = "power";
    private static final String GROUP = "power-group";

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path scratch;

    /** What clients knew at some time, or before. */
    private record Known(Instant at, Map<Integer, Map<Long, Long>> acknowledged, Map<Integer, Long> committed) {}

    private record Cut(int line, Known known) {}

    @Test
    void everyAcknowledgedRecordAndCommitSurvivesPowerLoss() throws Exception {
        assumeTrue(SystemCallTrace.isPossible(), "strace is not installed");
        Path disk = Files.createDirectory(scratch.resolve("disk")).toRealPath();
        Path trace = scratch.resolve("trace");
        Random random = new Random(SEED);

        // Given a run from an empty disk, with flushes, snapshots, merges and deletions, every byte of it traced
        List<Known> known = tracedRun(disk, trace);
        List<Call> calls = SystemCallTrace.read(trace);
        List<Integer> points = DiskAfterPowerLoss.syncPoints(calls, disk);
        List<Cut> cuts = cuts(calls, points, known, random);

        for (Cut cut : cuts) {
            // When the power fails
            int number = cuts.indexOf(cut);
            Path left = scratch.resolve("left-" + number);
            DiskAfterPowerLoss after = DiskAfterPowerLoss.at(cut.line(), calls, disk);
            if (number % 2 == 0) {
                after.writeCertain(left);
            } else {
                after.writeSome(left, random);
            }
            // Then a server starts on what is left, and has kept its word
            try {
                verify(left.resolve("data"), cut.known());
            } catch (AssertionError | Exception wrong) {
                throw new AssertionError("Seed " + SEED + ", cut " + number + " at line " + cut.line(), wrong);
            }
        }
    }

    private static List<Known> tracedRun(Path disk, Path trace) throws Exception {
        Ledger ledger = new Ledger();
        List<Known> known = new ArrayList<>();
        try (ServerProcess server = Weir.server(
                TracedDisk.traced(Weir.busyCommand(), trace),
                "power-traced",
                disk.resolve("data"),
                "--flush-bytes",
                "1MiB",
                "--flush-interval",
                "1s")) {
            server.start(SLOW_START);
            try (Topics topics = new Topics(server.bootstrap());
                    Upkeep upkeep = new Upkeep(server.dataDirectory())) {
                topics.create(TOPIC, PARTITIONS);
                Load load = new Load(server.bootstrap(), TOPIC, PARTITIONS, ledger);
                load.produce(1, 150);
                load.produce(2, 150);
                load.consume(GROUP);
                long deadline = System.nanoTime() + LOAD_AT_MOST.toNanos();
                while (!upkeep.seen().keySet().containsAll(List.of(Moment.values()))
                        && System.nanoTime() - deadline < 0) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(250));
                    Map<Integer, Map<Long, Long>> acknowledged = ledger.acknowledged();
                    Map<Integer, Long> committed = ledger.committed();
                    known.add(new Known(Instant.now(), acknowledged, committed));
                }
                load.stop();
                assertThat(upkeep.seen()).containsOnlyKeys(Moment.values());
            }
            TracedDisk.kill(List.of(server));
        }
        return known;
    }

    /** Some while the server starts for the first time, the others while it is under load. */
    private static List<Cut> cuts(List<Call> calls, List<Integer> points, List<Known> known, Random random) {
        Known nothing = new Known(Instant.EPOCH, Map.of(), Map.of());
        List<Integer> shuffled = new ArrayList<>(points);
        Collections.shuffle(shuffled, random);
        List<Cut> starting = new ArrayList<>();
        List<Cut> loaded = new ArrayList<>();
        for (int line : shuffled) {
            if (starting.size() >= CUTS_WHILE_IT_STARTS && loaded.size() >= CUTS) {
                break;
            }
            Instant at = calls.stream()
                    .filter(call -> call.start() < line)
                    .map(Call::at)
                    .max(Instant::compareTo)
                    .orElse(Instant.EPOCH);
            known.stream()
                    .filter(each -> each.at().isBefore(at))
                    .reduce((earlier, later) -> later)
                    .ifPresentOrElse(
                            latest -> loaded.add(new Cut(line, latest)), () -> starting.add(new Cut(line, nothing)));
        }
        List<Cut> cuts = new ArrayList<>(starting.subList(0, CUTS_WHILE_IT_STARTS));
        cuts.addAll(loaded.subList(0, CUTS));
        return cuts;
    }

    private static void verify(Path data, Known known) throws Exception {
        try (ServerProcess server = Weir.server(
                        "power-" + requireNonNull(data.getParent()).getFileName(), data)
                .start(SLOW_START)) {
            long records =
                    known.acknowledged().values().stream().mapToLong(Map::size).sum();
            if (records > 0) {
                assertThat(Verification.verify(server.bootstrap(), TOPIC, known.acknowledged()))
                        .isEqualTo(records);
            }
            try (Topics topics = new Topics(server.bootstrap())) {
                if (!known.committed().isEmpty()) {
                    Ledger.checkCommitted(known.committed(), topics.committed(GROUP));
                }
                topics.create("afterwards", 1);
            }
        }
    }
}
