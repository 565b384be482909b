package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.launcher.e2e.Upkeep.Moment;
import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.ServerProcess;
import io.weir.testsupport.seed.LongRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kill -9 under idempotent load, at random instants and right behind each step of flushing, snapshots, merges and
 * deletions. {@code -Dweir.crash.kills=N} for more of them, {@code -Dweir.crash.seed=S} to repeat a run's instants.
 */
@Tag("e2e")
class CrashTest {
    private static final int KILLS = Integer.getInteger("weir.crash.kills", 12);
    private static final long SEED = Long.getLong("weir.crash.seed", System.nanoTime());
    private static final int PARTITIONS = 6;
    private static final String TOPIC = "crash";
    private static final String SHORT_LIVED = "crash-short-lived";
    private static final String GROUP = "crash-group";

    private static final int KILLS_PER_ROUND = 20;
    /** Of so many kills, one comes at any instant, and the others behind a step. */
    private static final int ANY_INSTANT_OF = 3;

    private static final Duration STEP_AT_MOST = Duration.ofSeconds(60);
    /** The next steps, and their commits, come within such a time. */
    private static final int BEHIND_STEP_AT_MOST_US = 20_000;

    @TempDir
    Path directory;

    @Test
    void acknowledgedRecordsAndCommitsSurviveKillsAtAnyInstant() throws Exception {
        run(SEED, KILLS);
    }

    @Test
    @Tag("long")
    @Tag("long-crash")
    void acknowledgedRecordsAndCommitsSurviveKillsForLong() throws Exception {
        LongRun.of("CrashTest").run("kills under load", seed -> {
            run(seed, KILLS_PER_ROUND);
            return KILLS_PER_ROUND;
        });
    }

    private long run(long seed, int kills) throws Exception {
        System.out.println("crash test: seed " + seed + ", " + kills + " kills");
        Path data = Files.createDirectories(directory.resolve("data-" + seed));
        try (ServerProcess server = Weir.server(
                                Weir.busyCommand(), "crash", data, "--flush-bytes", "1MiB", "--flush-interval", "1s")
                        .start();
                Upkeep upkeep = new Upkeep(data)) {
            return run(server, upkeep, new Random(seed), kills);
        } catch (AssertionError wrong) {
            throw new AssertionError("Seed " + seed + ": " + wrong.getMessage(), wrong);
        }
    }

    private static long run(ServerProcess server, Upkeep upkeep, Random random, int kills) throws Exception {
        // Given
        Ledger ledger = new Ledger();
        try (Topics topics = new Topics(server.bootstrap())) {
            topics.create(TOPIC, PARTITIONS);
            topics.create(SHORT_LIVED, 2, Map.of("retention.bytes", "1000000", "retention.ms", "10000"));
        }
        Load load = new Load(server.bootstrap(), TOPIC, PARTITIONS, ledger);
        load.produce(1, 400);
        load.produce(2, 400);
        load.consume(GROUP);
        Load passing = new Load(server.bootstrap(), SHORT_LIVED, 2, new Ledger());
        passing.produce(3, 400);

        // When
        Set<Moment> hit = EnumSet.noneOf(Moment.class);
        List<Optional<Moment>> instants = instants(kills, random);
        for (Optional<Moment> instant : instants) {
            awaitInstant(instant, upkeep, random).ifPresent(hit::add);
            killOnce(server, ledger);
            load.check();
            passing.check();
            System.out.println("crash test: killed " + instant.map(Moment::name).orElse("at any instant") + ", "
                    + ledger.records() + " acknowledged");
        }
        load.stop();
        passing.stop();

        // Then
        assertThat(Verification.verify(server.bootstrap(), TOPIC, ledger.acknowledged()))
                .isEqualTo(ledger.records());
        assertThat(ledger.records()).isGreaterThan(kills * 100L);
        assertThat(upkeep.seen())
                .as("what the server did to its files")
                .containsKeys(Moment.streams().toArray(Moment[]::new))
                .allSatisfy((moment, times) -> assertThat(times).isGreaterThan(isFrequent(moment) ? 1 : 0));
        assertThat(hit)
                .as("steps that a kill came right behind")
                .containsAll(instants.stream().flatMap(Optional::stream).toList());
        System.out.println("crash test: " + kills + " kills, " + ledger.records() + " acknowledged records and commits "
                + ledger.committed() + " kept, " + load.unacknowledged() + " records given up; seen: " + upkeep.seen());
        return ledger.records();
    }

    /** A roll-up takes several merges, and there are few of these. */
    private static boolean isFrequent(Moment moment) {
        return Moment.streams().contains(moment) && moment != Moment.ROLLED_UP;
    }

    /** Every moment about as often as any other, in random order, and between them instants of no moment. */
    private static List<Optional<Moment>> instants(int kills, Random random) {
        List<Moment> moments = new ArrayList<>(Moment.streams());
        Collections.shuffle(moments, random);
        List<Optional<Moment>> instants = new ArrayList<>();
        int next = 0;
        for (int kill = 0; kill < kills; kill++) {
            boolean any = kill % ANY_INSTANT_OF == ANY_INSTANT_OF - 1;
            instants.add(any ? Optional.empty() : Optional.of(moments.get(next++ % moments.size())));
        }
        return instants;
    }

    /** Returns the moment if it came. */
    private static Optional<Moment> awaitInstant(Optional<Moment> instant, Upkeep upkeep, Random random)
            throws InterruptedException {
        if (instant.isEmpty()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200 + random.nextInt(3000)));
            return instant;
        }
        boolean came = upkeep.await(instant.get(), STEP_AT_MOST);
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(BEHIND_STEP_AT_MOST_US)));
        return came ? instant : Optional.empty();
    }

    private static void killOnce(ServerProcess server, Ledger ledger) throws Exception {
        long before = ledger.records();
        server.kill();
        Map<Integer, Long> committed = ledger.committed();
        Map<Integer, Map<Long, Long>> acknowledged = ledger.acknowledged();
        server.start();
        Verification.verify(server.bootstrap(), TOPIC, acknowledged);
        try (Topics topics = new Topics(server.bootstrap())) {
            Ledger.checkCommitted(committed, topics.committed(GROUP));
        }
        Await.until("acknowledgements go on", Duration.ofSeconds(60), () -> ledger.records() > before + 50);
    }
}
