package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.launcher.e2e.Upkeep.Moment;
import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.ServerProcess;
import io.weir.testsupport.seed.LongRun;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.iceberg.data.Record;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kill -9 while topics become tables, at random instants and right behind the files of a commit: in the end each offset
 * is in the table, or among its dead letters, exactly once. {@code -Dweir.sink.kills=N} for more kills,
 * {@code -Dweir.sink.seed=S} to repeat a run's instants.
 */
@Tag("e2e")
class SinkCrashTest {
    private static final int KILLS = Integer.getInteger("weir.sink.kills", 8);
    private static final long SEED = Long.getLong("weir.sink.seed", System.nanoTime());
    private static final int KILLS_PER_ROUND = 20;
    private static final int PARTITIONS = 4;
    private static final String GOOD = "sink-good";

    /** Its values are no text: each is a dead letter. */
    private static final String BAD = "sink-bad";

    /** Of so many kills, one comes at any instant, and the others behind a step. */
    private static final int ANY_INSTANT_OF = 4;

    private static final Duration STEP_AT_MOST = Duration.ofSeconds(60);
    private static final Duration CAUGHT_UP_AT_MOST = Duration.ofMinutes(2);

    /** The next steps of a commit come within such a time. */
    private static final int BEHIND_STEP_AT_MOST_US = 60_000;

    @TempDir
    Path directory;

    @Test
    void everyOffsetIsInTheTableExactlyOnceWhateverIsKilled() throws Exception {
        run(SEED, KILLS);
    }

    @Test
    @Tag("long")
    @Tag("long-sink")
    void everyOffsetIsInTheTableExactlyOnceForLong() throws Exception {
        LongRun.of("SinkCrashTest").run("kills", seed -> {
            run(seed, KILLS_PER_ROUND);
            return KILLS_PER_ROUND;
        });
    }

    private void run(long seed, int kills) throws Exception {
        System.out.println("sink crash test: seed " + seed + ", " + kills + " kills");
        Path data = Files.createDirectories(directory.resolve("data-" + seed));
        try (ServerProcess server = Weir.server("sink-crash", data, "--flush-bytes", "1MiB", "--flush-interval", "1s")
                        .start();
                Upkeep upkeep = new Upkeep(data)) {
            run(server, upkeep, new Random(seed), kills);
        } catch (AssertionError wrong) {
            throw new AssertionError("Seed " + seed + ": " + wrong.getMessage(), wrong);
        }
    }

    private void run(ServerProcess server, Upkeep upkeep, Random random, int kills) throws Exception {
        // Given
        try (Topics topics = new Topics(server.bootstrap())) {
            topics.create(GOOD, PARTITIONS, Map.of("table.commit-interval", "500ms"));
            topics.create(BAD, 2, Map.of("table.commit-interval", "500ms", "table.value-format", "utf8"));
        }
        Ledger good = new Ledger();
        Ledger bad = new Ledger();
        Load load = new Load(server.bootstrap(), GOOD, PARTITIONS, good);
        load.produce(1, 300);
        load.produce(2, 300);
        Load badLoad = new Load(server.bootstrap(), BAD, 2, bad);
        badLoad.produce(3, 50);

        // When
        Set<Moment> hit = EnumSet.noneOf(Moment.class);
        for (int kill = 0; kill < kills; kill++) {
            awaitInstant(kill, upkeep, random, hit);
            long before = good.records();
            server.kill();
            server.start();
            Await.until("acknowledgements go on", Duration.ofSeconds(60), () -> good.records() > before + 50);
            load.check();
            badLoad.check();
        }
        load.stop();
        badLoad.stop();

        // Then
        try (Lake lake = new Lake(server.admin(), directory)) {
            verify(server, lake, GOOD, good.acknowledged());
            verify(server, lake, BAD, bad.acknowledged());
            assertThat(lake.count(Lake.TOPICS, BAD)).isZero();
            System.out.println("sink crash test: " + kills + " kills, " + (good.records() + bad.records())
                    + " acknowledged records, " + lake.count(Lake.DEAD_LETTERS, BAD) + " dead letters; seen: "
                    + upkeep.seen());
        }
        assertThat(good.records()).isGreaterThan(kills * 100L);
        assertThat(upkeep.seen()).containsKeys(Moment.tables().toArray(Moment[]::new));
        if (kills >= KILLS) {
            assertThat(hit).isEqualTo(Moment.tables());
        }
    }

    private static void awaitInstant(int kill, Upkeep upkeep, Random random, Set<Moment> hit)
            throws InterruptedException {
        if (kill % ANY_INSTANT_OF == ANY_INSTANT_OF - 1) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500 + random.nextInt(2_000)));
            return;
        }
        Moment moment = List.copyOf(Moment.tables()).get(kill % ANY_INSTANT_OF);
        if (upkeep.await(moment, STEP_AT_MOST)) {
            hit.add(moment);
        }
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(BEHIND_STEP_AT_MOST_US)));
    }

    /** Every offset from 0 to the end once, with what was acknowledged for it. */
    private static void verify(
            ServerProcess server, Lake lake, String topic, Map<Integer, Map<Long, Long>> acknowledged)
            throws Exception {
        Map<Integer, Long> ends;
        try (Topics topics = new Topics(server.bootstrap())) {
            ends = topics.ends(topic, acknowledged.keySet());
        }
        long wanted = ends.values().stream().mapToLong(Long::longValue).sum();
        Await.until(
                wanted + " records of " + topic + " are in tables",
                CAUGHT_UP_AT_MOST,
                () -> lake.count(Lake.TOPICS, topic) + lake.count(Lake.DEAD_LETTERS, topic) >= wanted);
        Map<Integer, Map<Long, byte[]>> found = new TreeMap<>();
        lake.each(Lake.TOPICS, topic, row -> add(found, row));
        lake.each(Lake.DEAD_LETTERS, topic, row -> add(found, row));
        for (int partition : IntStream.range(0, ends.size()).toArray()) {
            Map<Long, Long> ids = acknowledged.getOrDefault(partition, Map.of());
            Ledger.Reading reading = new Ledger.Reading(partition, ids);
            Map<Long, byte[]> rows = found.getOrDefault(partition, Map.of());
            rows.forEach(reading::read);
            assertThat(rows)
                    .as("offsets of partition %s", partition)
                    .hasSize(Math.toIntExact(ends.getOrDefault(partition, 0L)));
            assertThat(reading.finish()).isEqualTo(ids.size());
        }
    }

    private static void add(Map<Integer, Map<Long, byte[]>> found, Record row) {
        ByteBuffer value = ((ByteBuffer) row.getField("value")).duplicate();
        byte[] bytes = new byte[value.remaining()];
        value.get(bytes);
        byte[] before = found.computeIfAbsent((Integer) row.getField("_partition_id"), none -> new TreeMap<>())
                .put((Long) row.getField("_offset"), bytes);
        assertThat(before)
                .as("a second row of offset %s", row.getField("_offset"))
                .isNull();
    }
}
