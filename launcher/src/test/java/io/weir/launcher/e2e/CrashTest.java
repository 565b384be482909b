package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.ServerProcess;
import io.weir.testsupport.seed.LongRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kill -9 at random instants under idempotent load. {@code -Dweir.crash.kills=N} for more of them,
 * {@code -Dweir.crash.seed=S} to repeat a run's instants.
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
        try (ServerProcess server = Weir.server(
                        "crash", directory.resolve("data-" + seed), "--flush-bytes", "1MiB", "--flush-interval", "1s")
                .start()) {
            return run(server, new Random(seed), kills);
        } catch (AssertionError wrong) {
            throw new AssertionError("Seed " + seed + ": " + wrong.getMessage(), wrong);
        }
    }

    private static long run(ServerProcess server, Random random, int kills) throws Exception {
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
        for (int kill = 1; kill <= kills; kill++) {
            killOnce(server, ledger, random);
            load.check();
            passing.check();
            System.out.println("crash test: kill " + kill + ", " + ledger.records() + " acknowledged");
        }
        load.stop();
        passing.stop();

        // Then
        assertThat(Verification.verify(server.bootstrap(), TOPIC, ledger.acknowledged()))
                .isEqualTo(ledger.records());
        assertThat(ledger.records()).isGreaterThan(kills * 100L);
        System.out.println("crash test: " + kills + " kills, " + ledger.records() + " acknowledged records and commits "
                + ledger.committed() + " kept, " + load.unacknowledged() + " records given up");
        return ledger.records();
    }

    private static void killOnce(ServerProcess server, Ledger ledger, Random random) throws Exception {
        long before = ledger.records();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200 + random.nextInt(3000)));
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
