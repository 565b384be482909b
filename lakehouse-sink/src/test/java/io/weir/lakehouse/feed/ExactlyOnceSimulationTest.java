package io.weir.lakehouse.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.read.StreamBounds;
import io.weir.lakehouse.sample.PlainBatches.Entry;
import io.weir.testsupport.object.MemoryObjectStore.Operation;
import io.weir.testsupport.seed.LongRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import org.apache.iceberg.data.Record;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A sink that is killed at any call of a port, answers that get lost, commits that arrive late, a store that fails, and
 * users who commit in between: in the end each record is in its table, or in that of dead letters, exactly once.
 */
class ExactlyOnceSimulationTest {
    private static final int SEEDS = 25;
    private static final int EVENTS = 40;
    private static final List<String> FORMATS = List.of("raw", "utf8", "json");

    @TempDir
    private Path staging;

    @Test
    void everyRecordIsInTheTableExactlyOnce() {
        long first = Long.getLong("weir.seed", 1);
        int seeds = System.getProperty("weir.seed") == null ? SEEDS : 1;
        for (long seed = first; seed < first + seeds; seed++) {
            try {
                run(seed);
            } catch (RuntimeException | AssertionError wrong) {
                throw new AssertionError("Seed " + seed + ": " + wrong.getMessage(), wrong);
            }
        }
    }

    @Test
    @Tag("long")
    @Tag("long-sim")
    void everyRecordIsInTheTableExactlyOnceForLong() throws Exception {
        LongRun.of("Exactly once into tables").run("records", this::run);
    }

    private long run(long seed) {
        Simulation simulation = new Simulation(seed);
        for (int i = 0; i < EVENTS; i++) {
            simulation.event();
        }
        return simulation.finish();
    }

    /** One run. */
    private final class Simulation {
        private final Random random;
        private final SinkWorld world;
        private final List<String> topics = new ArrayList<>();
        private final List<Runnable> late = new ArrayList<>();
        private final Map<String, Long> sums = new TreeMap<>();

        Simulation(long seed) {
            random = new Random(seed);
            world = new SinkWorld(staging, seed);
            for (int i = random.nextInt(3); i >= 0; i--) {
                String name = "t" + i;
                world.metadata.create(
                        name,
                        1 + random.nextInt(4),
                        Map.of(
                                "table.value-format",
                                FORMATS.get(random.nextInt(FORMATS.size())),
                                "table.partition-by",
                                random.nextBoolean() ? "hour" : "none",
                                "table.commit-interval",
                                1 + random.nextInt(5) + "s"));
                topics.add(name);
            }
            world.restart();
        }

        private String topic() {
            return topics.get(random.nextInt(topics.size()));
        }

        void event() {
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3 -> produce();
                case 4, 5, 6 -> pass(Duration.ofMillis(random.nextInt(6_000)));
                case 7 -> world.fuse.burnAfter(1 + random.nextInt(40), random.nextBoolean());
                case 8 -> world.metadata.tables().loseNextAnswer();
                case 9 -> trouble();
                case 10 -> commitOfAUser(topic());
                default -> arriveLate();
            }
            if (world.fuse.dead()) {
                late.addAll(world.fuse.late());
                pass(Duration.ofMillis(random.nextInt(2_000)));
                world.restart();
            }
        }

        private void pass(Duration time) {
            world.run(time);
        }

        private void trouble() {
            switch (random.nextInt(3)) {
                case 0 -> world.metadata.tables().failNext(FailureCode.TIMED_OUT);
                case 1 -> world.store.failNext(1 + random.nextInt(3), Operation.CREATE);
                default -> world.store.loseAnswers(1, Operation.CREATE);
            }
        }

        private void produce() {
            String name = topic();
            Topic topic = world.topic(name);
            Entry[] entries = new Entry[1 + random.nextInt(50)];
            for (int i = 0; i < entries.length; i++) {
                long number = random.nextInt(1_000_000);
                sums.merge(name, number, Long::sum);
                byte[] bad = {(byte) 0xff, (byte) number};
                boolean isBad = random.nextInt(20) == 0
                        && !topic.config().table().valueFormat().name().equals("RAW");
                if (isBad) {
                    sums.merge(name, -number, Long::sum);
                }
                long at = SinkWorld.EPOCH_MS + random.nextInt(4 * 3_600_000);
                entries[i] = isBad ? Entry.of(at, bad) : Entry.of(at, Long.toString(number), Long.toString(number));
            }
            world.produce(name, random.nextInt(topic.partitions()), entries);
        }

        private void arriveLate() {
            if (!late.isEmpty()) {
                late.remove(random.nextInt(late.size())).run();
            }
        }

        /** Somebody sets a property, on the table as it is. */
        private void commitOfAUser(String topic) {
            if (world.pointer(topic) != null) {
                world.store.calm();
                try {
                    world.commitAsUser(
                            topic,
                            table -> table.updateProperties()
                                    .set("user", Integer.toString(random.nextInt()))
                                    .commit());
                } catch (CompletionException lost) {
                    assertThat(lost).hasCauseInstanceOf(ServiceException.class);
                }
            }
        }

        long finish() {
            world.store.calm();
            if (random.nextBoolean()) {
                world.restart();
            }
            pass(Duration.ofSeconds(20));
            late.forEach(Runnable::run);
            world.fuse.burnAfter(Long.MAX_VALUE, false);
            if (world.fuse.dead()) {
                world.restart();
            }
            pass(Duration.ofSeconds(90));
            long records = 0;
            for (String topic : topics) {
                records += check(world.topic(topic));
            }
            assertThat(world.feeds().memoryUsed()).isZero();
            return records;
        }

        private long check(Topic topic) {
            Map<Integer, List<Long>> offsets = new TreeMap<>();
            long sum = 0;
            for (Record row : world.rows(topic.name())) {
                offsets.computeIfAbsent((Integer) row.getField("_partition_id"), absent -> new ArrayList<>())
                        .add((Long) row.getField("_offset"));
                sum += Long.parseLong(java.nio.charset.StandardCharsets.UTF_8
                        .decode(((java.nio.ByteBuffer) row.getField("_key")).duplicate())
                        .toString());
            }
            for (Record row : world.deadLetters(topic.name())) {
                offsets.computeIfAbsent((Integer) row.getField("_partition_id"), absent -> new ArrayList<>())
                        .add((Long) row.getField("_offset"));
            }
            long records = 0;
            for (int partition = 0; partition < topic.partitions(); partition++) {
                StreamBounds bounds = world.streams
                        .bounds(topic.location(partition).orElseThrow())
                        .orElseThrow();
                List<Long> found = offsets.getOrDefault(partition, List.of());
                assertThat(found.stream().sorted())
                        .as("offsets of %s, partition %s", topic.name(), partition)
                        .containsExactlyElementsOf(java.util.stream.LongStream.range(0, bounds.end())
                                .boxed()
                                .toList());
                records += bounds.end();
            }
            assertThat(sum).isEqualTo(sums.getOrDefault(topic.name(), 0L));
            return records;
        }
    }
}
