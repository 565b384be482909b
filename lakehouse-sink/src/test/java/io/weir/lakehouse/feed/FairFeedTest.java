package io.weir.lakehouse.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.lakehouse.sample.PlainBatches.Entry;
import io.weir.testsupport.object.MemoryObjectStore.Operation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many topics, many partitions, much to catch up on: memory is bounded, and everybody has a turn. */
class FairFeedTest {
    @TempDir
    private Path staging;

    private SinkWorld world;

    @BeforeEach
    void makeWorld() {
        world = new SinkWorld(staging, 1);
        world.restart();
    }

    private static Entry[] entries(Random random, int count, int bytes) {
        Entry[] entries = new Entry[count];
        for (int i = 0; i < count; i++) {
            byte[] value = new byte[bytes];
            random.nextBytes(value);
            entries[i] = Entry.of(SinkWorld.EPOCH_MS, value);
        }
        return entries;
    }

    @Test
    void aCommitIsDueBeforeItsIntervalWhenItIsLargeEnough() {
        // Given
        world.metadata.create("t", 1, Map.of("table.commit-interval", "1h"));
        Random random = new Random(1);
        for (int i = 0; i < 30; i++) {
            world.produce("t", 0, entries(random, 100, 1_000));
        }

        // When
        world.run(Duration.ofSeconds(5));

        // Then the first megabytes are in the table, and the rest waits for the interval
        int rows = world.rows("t").size();
        assertThat(rows).isBetween(1_000, 2_999);
        world.run(Duration.ofSeconds(30));
        assertThat(world.rows("t")).hasSizeLessThan(3_000);
        world.run(Duration.ofMinutes(60));
        assertThat(world.rows("t")).hasSize(3_000);
    }

    @Test
    void aTopicWithMuchToCatchUpOnHoldsNobodyUp() {
        // Given memory for one topic at a time, and much of two
        world.config = SinkWorld.narrow();
        world.restart();
        Random random = new Random(1);
        for (String big : new String[] {"big1", "big2"}) {
            world.metadata.create(big, 1, Map.of("table.commit-interval", "1h"));
            for (int i = 0; i < 100; i++) {
                world.produce(big, 0, entries(random, 100, 1_000));
            }
        }
        world.run(Duration.ofSeconds(1));

        // When
        for (int i = 0; i < 10; i++) {
            world.metadata.create("small" + i, 1);
            world.produce("small" + i, 0, entries(random, 1, 10));
        }
        world.run(Duration.ofSeconds(16));

        // Then
        for (int i = 0; i < 10; i++) {
            assertThat(world.rows("small" + i)).as("small%s", i).hasSize(1);
        }
        world.run(Duration.ofMinutes(61));
        assertThat(world.rows("big1")).hasSize(10_000);
        assertThat(world.rows("big2")).hasSize(10_000);
        assertThat(world.feeds().memoryUsed()).isZero();
    }

    @Test
    void fiveHundredTopicsShareTheMemoryOfAFew() {
        // Given
        Random random = new Random(1);
        for (int i = 0; i < 500; i++) {
            world.metadata.create("t" + i, 1);
            world.produce("t" + i, 0, entries(random, 3, 100));
        }

        // When
        long most = 0;
        for (int i = 0; i < 100; i++) {
            world.run(Duration.ofMillis(200));
            most = Math.max(most, world.feeds().memoryUsed());
        }

        // Then
        for (int i = 0; i < 500; i++) {
            assertThat(world.rows("t" + i)).as("t%s", i).hasSize(3);
        }
        assertThat(most).isLessThanOrEqualTo(world.config.memoryBytes());
    }

    @Test
    void aThousandPartitionsAreOneCommit() {
        // Given
        world.metadata.create("t", 1_000);
        Random random = new Random(1);
        for (int partition = 0; partition < 1_000; partition++) {
            world.produce("t", partition, entries(random, 2, 10));
        }

        // When
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(world.rows("t")).hasSize(2_000);
        assertThat(world.table("t").snapshots()).hasSize(1);
        assertThat(world.pointer("t")).isNotNull();
    }

    @Test
    void recordsOfManyTablePartitionsAreFewFilesAtOnceAndSeveralCommits() {
        // Given records of 40 days
        world.metadata.create("t", 1);
        Entry[] days = new Entry[400];
        for (int i = 0; i < days.length; i++) {
            days[i] = Entry.of(SinkWorld.EPOCH_MS + i % 40 * Duration.ofDays(1).toMillis(), "k", "v");
        }
        world.produce("t", 0, days);

        // When
        world.run(Duration.ofSeconds(60));

        // Then
        assertThat(world.rows("t")).hasSize(400);
        world.table("t")
                .snapshots()
                .forEach(snapshot -> assertThat(
                                Integer.parseInt(snapshot.summary().get("added-data-files")))
                        .isLessThanOrEqualTo(world.config.commitFiles()));
    }

    @Test
    void aValueAsLargeAsATopicAllowsIsARow() {
        // Given
        world.metadata.create("t", 1, Map.of("max.message.bytes", Integer.toString(4 << 20)));
        Random random = new Random(1);
        for (int i = 0; i < 5; i++) {
            world.produce("t", 0, entries(random, 1, (4 << 20) - 200));
        }

        // When
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(world.rows("t")).hasSize(5);
    }

    @Test
    void topicsWithoutRecordsAskNothingOfTheStoreNorOfTheMetadata() {
        // Given
        for (int i = 0; i < 100; i++) {
            world.metadata.create("t" + i, 2);
        }
        world.produce("t0", 0, Entry.of(SinkWorld.EPOCH_MS, "k", "v"));
        world.run(Duration.ofSeconds(13));
        long version = world.metadata.image().version();
        long created = world.store.requests(Operation.CREATE);
        long read = world.store.requests(Operation.READ);

        // When
        world.run(Duration.ofMinutes(10));

        // Then
        assertThat(world.metadata.image().version()).isEqualTo(version);
        assertThat(world.store.requests(Operation.CREATE)).isEqualTo(created);
        assertThat(world.store.requests(Operation.READ)).isEqualTo(read);
        assertThat(world.meters.find("weir.table.lag").gauges()).hasSize(1);
    }

    @Test
    void whatIsGivenUpLeavesNoFileBehind() {
        // Given a session that is open
        world.metadata.create("t", 1, Map.of("table.commit-interval", "1h"));
        Random random = new Random(1);
        world.produce("t", 0, entries(random, 10, 10));
        world.run(Duration.ofMinutes(61));
        int objects = world.store.objects().size();
        for (int i = 0; i < 8; i++) {
            world.produce("t", 0, entries(random, 100, 1_000));
        }
        world.run(Duration.ofSeconds(6));
        assertThat(world.feeds().memoryUsed()).isPositive();

        // When
        world.feeds().close();

        // Then
        assertThat(world.store.objects()).hasSize(objects);
        assertThat(world.feeds().memoryUsed()).isZero();
    }

    @Test
    void aTopicWhoseStoreFailsIsTriedAgainWithMoreTimeBetweenAndGoesOnByItself() {
        // Given
        world.metadata.create("t", 1);
        world.produce("t", 0, Entry.of(SinkWorld.EPOCH_MS, "k", "v"));
        world.store.storm();

        // When
        world.run(Duration.ofMinutes(2));

        // Then
        double failures = world.meters.get("weir.table.failures").counter().count();
        assertThat(failures).isBetween(5.0, 20.0);
        assertThat(world.meters.get("weir.table.failing").gauge().value()).isEqualTo(1);
        assertThat(world.meters.get("weir.table.freshness.seconds").gauge().value())
                .isGreaterThan(60);

        // When
        world.store.calm();
        world.run(Duration.ofSeconds(35));

        // Then
        assertThat(world.rows("t")).hasSize(1);
        assertThat(world.meters.get("weir.table.failing").gauge().value()).isZero();
        assertThat(world.meters.get("weir.table.freshness.seconds").gauge().value())
                .isZero();
    }
}
