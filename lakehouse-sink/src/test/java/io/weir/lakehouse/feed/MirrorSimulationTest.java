package io.weir.lakehouse.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.Topic;
import io.weir.lakehouse.mirror.CatalogMirror;
import io.weir.lakehouse.sample.Fuse;
import io.weir.lakehouse.sample.PlainBatches.Entry;
import io.weir.testsupport.object.MemoryObjectStore.Operation;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.data.Record;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two processes that show the same tables in a JDBC catalog, killed at any call of a port, woken late, with answers of
 * the database lost: what the catalog shows never goes back, has every record once at most, and in the end all of them.
 */
class MirrorSimulationTest {
    private static final int SEEDS = 6;
    private static final int EVENTS = 60;

    @TempDir
    private Path staging;

    @Test
    void theOtherCatalogNeverGoesBackAndHasEveryRecordOnce() throws SQLException {
        long first = Long.getLong("weir.seed", 1);
        int seeds = System.getProperty("weir.seed") == null ? SEEDS : 1;
        for (long seed = first; seed < first + seeds; seed++) {
            try (MirrorWorld world = new MirrorWorld(staging, seed)) {
                new Simulation(world, new Random(seed)).run();
            } catch (RuntimeException | AssertionError wrong) {
                throw new AssertionError("Seed " + seed + ": " + wrong.getMessage(), wrong);
            }
        }
    }

    /** One run. */
    private static final class Simulation {
        private static final List<String> TOPICS = List.of("a", "b");

        private final MirrorWorld world;
        private final Random random;
        private final Fuse[] fuses = {new Fuse(), new Fuse()};
        private final CatalogMirror[] mirrors = new CatalogMirror[fuses.length];
        private final Map<String, Long> latest = new HashMap<>();

        Simulation(MirrorWorld world, Random random) {
            this.world = world;
            this.random = random;
            TOPICS.forEach(topic -> world.sink.metadata.create(topic, 2, Map.of("table.commit-interval", "1s")));
            world.sink.restart();
            for (int i = 0; i < mirrors.length; i++) {
                begin(i);
            }
        }

        private void begin(int mirror) {
            fuses[mirror] = new Fuse();
            mirrors[mirror] = world.mirror(fuses[mirror]);
        }

        void run() {
            for (int i = 0; i < EVENTS; i++) {
                event();
                check();
            }
            world.database.away(false);
            world.sink.store.calm();
            begin(0);
            world.sink.run(Duration.ofSeconds(90));
            for (int i = 0; i < 5; i++) {
                world.sink.nowMs += Duration.ofMinutes(5).toMillis();
                mirrors[0].pass();
                check();
            }
            assertThat(mirrors[0].pass()).isTrue();
            world.assertCurrent();
            for (String topic : TOPICS) {
                if (world.sink.pointer(topic) != null) {
                    assertThat(world.rows("topics", topic)).hasSize((int) ends(world.sink.topic(topic)));
                }
            }
        }

        private long ends(Topic topic) {
            long sum = 0;
            for (int partition = 0; partition < topic.partitions(); partition++) {
                sum += world.sink
                        .streams
                        .bounds(topic.location(partition).orElseThrow())
                        .orElseThrow()
                        .end();
            }
            return sum;
        }

        private void event() {
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> produce();
                case 3, 4 -> world.sink.run(Duration.ofMillis(random.nextInt(4_000)));
                case 5, 6 -> pass(random.nextInt(mirrors.length));
                case 7 -> fuses[random.nextInt(fuses.length)].burnAfter(1 + random.nextInt(8), random.nextBoolean());
                case 8 -> trouble();
                case 9 -> wakeLate();
                case 10 -> makeAgain();
                default -> world.database.away(random.nextInt(3) == 0);
            }
        }

        private void pass(int mirror) {
            mirrors[mirror].pass();
            if (fuses[mirror].dead()) {
                begin(mirror);
            }
        }

        private void produce() {
            Entry[] entries = new Entry[1 + random.nextInt(20)];
            for (int i = 0; i < entries.length; i++) {
                entries[i] = Entry.of(SinkWorld.EPOCH_MS, "k", Integer.toString(random.nextInt()));
            }
            world.sink.produce(TOPICS.get(random.nextInt(TOPICS.size())), random.nextInt(2), entries);
        }

        private void trouble() {
            switch (random.nextInt(3)) {
                case 0 -> world.database.loseNextAnswer();
                case 1 -> world.sink.metadata.tables().failNext(FailureCode.TIMED_OUT);
                default -> {
                    world.sink.store.failNext(1 + random.nextInt(3), Operation.READ);
                    pass(random.nextInt(mirrors.length));
                    // Iceberg's own reader waits for seconds before it reads again.
                    world.sink.store.calm();
                }
            }
        }

        /** One sleeps right before its commit, or before that, and the other goes on. */
        private void wakeLate() {
            int sleeper = random.nextInt(mirrors.length);
            world.database.away(false);
            produce();
            world.sink.run(Duration.ofMillis(random.nextInt(8_000)));
            Runnable others = () -> {
                produce();
                world.sink.run(Duration.ofMillis(random.nextInt(8_000)));
                pass(1 - sleeper);
            };
            if (random.nextBoolean()) {
                world.database.beforeChange(others);
            } else {
                world.afterConfirmation(others);
            }
            pass(sleeper);
            world.database.beforeChange(() -> {});
            world.afterConfirmation(() -> {});
        }

        private void makeAgain() {
            if (random.nextInt(4) == 0) {
                Topic topic = world.sink.topic(TOPICS.get(random.nextInt(TOPICS.size())));
                world.sink.metadata.deleteTopic(TenantId.DEFAULT, topic.id()).join();
                world.sink.metadata.create(topic.name(), 2, Map.of("table.commit-interval", "1s"));
            }
        }

        private void check() {
            for (String topic : TOPICS) {
                if (world.shows("topics", topic)) {
                    TableMetadata shown = ((BaseTable) world.shown("topics", topic))
                            .operations()
                            .current();
                    Long before = latest.put(String.valueOf(shown.uuid()), shown.lastSequenceNumber());
                    if (before != null) {
                        assertThat(shown.lastSequenceNumber()).isGreaterThanOrEqualTo(before);
                    }
                    Set<List<Object>> places = new HashSet<>();
                    List<Record> rows = world.rows("topics", topic);
                    List<List<Object>> twice = new ArrayList<>();
                    for (Record row : rows) {
                        List<Object> place = List.of(row.getField("_partition_id"), row.getField("_offset"));
                        if (!places.add(place)) {
                            twice.add(place);
                        }
                    }
                    assertThat(twice).isEmpty();
                }
            }
        }
    }
}
