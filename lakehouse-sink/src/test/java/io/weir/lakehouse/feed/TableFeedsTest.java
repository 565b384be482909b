package io.weir.lakehouse.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.read.StoredRecord;
import io.weir.contracts.table.TablePointer;
import io.weir.lakehouse.columns.SchemasById;
import io.weir.lakehouse.sample.PlainBatches.Entry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.iceberg.data.Record;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableFeedsTest {
    @TempDir
    private Path staging;

    private SinkWorld world;

    @BeforeEach
    void makeWorld() {
        world = new SinkWorld(staging, 1);
        world.restart();
    }

    private static String text(Object bytes) {
        return StandardCharsets.UTF_8.decode(((ByteBuffer) bytes).duplicate()).toString();
    }

    @Test
    void aRecordIsARowWithItsPlaceTimeKeyHeadersAndBytes() {
        // Given
        world.metadata.create("orders", 2);
        ByteBuffer header = ByteBuffer.wrap("1".getBytes(StandardCharsets.UTF_8));
        world.produce(
                "orders",
                1,
                new Entry(
                        SinkWorld.EPOCH_MS,
                        ByteBuffer.wrap("k".getBytes(StandardCharsets.UTF_8)),
                        ByteBuffer.wrap("v".getBytes(StandardCharsets.UTF_8)),
                        List.of(new StoredRecord.Header("h", header), new StoredRecord.Header("h", null))));

        // When
        world.run(Duration.ofSeconds(13));

        // Then
        List<Record> rows = world.rows("orders");
        assertThat(rows).hasSize(1);
        Record row = rows.getFirst();
        assertThat(row.getField("_partition_id")).isEqualTo(1);
        assertThat(row.getField("_offset")).isEqualTo(0L);
        assertThat(row.getField("_timestamp"))
                .isEqualTo(Instant.ofEpochMilli(SinkWorld.EPOCH_MS).atOffset(ZoneOffset.UTC));
        assertThat(row.getField("_timestamp_type")).isEqualTo("CreateTime");
        assertThat(text(row.getField("_key"))).isEqualTo("k");
        assertThat(text(row.getField("value"))).isEqualTo("v");
        List<?> headers = (List<?>) row.getField("_headers");
        assertThat(headers).hasSize(2);
        assertThat(((Record) headers.getFirst()).getField("key")).isEqualTo("h");
        assertThat(text(((Record) headers.getFirst()).getField("value"))).isEqualTo("1");
        assertThat(((Record) headers.getLast()).getField("value")).isNull();
    }

    @Test
    void nothingIsCommittedBeforeTheIntervalIsOverAndNothingWithoutRecords() {
        // Given
        world.metadata.create("orders", 1, Map.of("table.commit-interval", "30s"));
        world.produce("orders", 0, Entry.of(SinkWorld.EPOCH_MS, "k", "v"));

        // Then
        world.run(Duration.ofSeconds(29));
        assertThat(world.pointer("orders")).isNull();
        world.run(Duration.ofSeconds(3));
        assertThat(world.rows("orders")).hasSize(1);
        world.run(Duration.ofMinutes(5));
        assertThat(world.table("orders").snapshots()).hasSize(1);
    }

    @Test
    void whatACommitTakesIsWithinTheIntervalButForHalfOfItAtMost() {
        // Given
        world.metadata.create("orders", 1, Map.of("table.commit-interval", "30s"));

        // Then
        assertThat(lastOfCommitsThatTake(4_000)).isBetween(29_000L, 32_000L);
        assertThat(lastOfCommitsThatTake(60_000)).isBetween(74_000L, 77_000L);
    }

    /** Returns how long a record took to its table when some others had taken as long. */
    private long lastOfCommitsThatTake(long commitMs) {
        world.commitTakesMs = commitMs;
        long took = 0;
        for (int i = 0; i < 15; i++) {
            TablePointer before = world.pointer("orders");
            world.produce("orders", 0, Entry.of(SinkWorld.EPOCH_MS, "k", "v"));
            long produced = world.nowMs;
            for (int steps = 0; Objects.equals(before, world.pointer("orders")); steps++) {
                assertThat(steps).isLessThan(1_000);
                world.run(Duration.ofMillis(100));
            }
            took = world.nowMs - produced;
        }
        return took;
    }

    @Test
    void aFeedWhoseEpochWasTakenByNobodyTakesUpAgain() {
        // Given an acquisition that was given up, and arrives late
        world.metadata.create("orders", 1);
        world.produce("orders", 0, Entry.of(SinkWorld.EPOCH_MS, "k", "v"));
        world.run(Duration.ofSeconds(13));
        acquire("orders");
        world.produce("orders", 0, Entry.of(SinkWorld.EPOCH_MS, "k", "v"));
        world.run(Duration.ofSeconds(13));
        assertThat(world.rows("orders")).hasSize(1);

        // When
        world.run(Duration.ofSeconds(90));

        // Then
        assertThat(world.rows("orders")).hasSize(2);
    }

    @Test
    void aFeedLeavesTheTopicToAProcessThatFeedsIt() {
        // Given
        world.metadata.create("orders", 1);
        world.produce("orders", 0, Entry.of(SinkWorld.EPOCH_MS, "k", "v"));
        world.run(Duration.ofSeconds(13));
        TableFeeds before = world.feeds();
        world.startBesides();
        TableFeeds after = world.feeds();
        world.produce("orders", 0, Entry.of(SinkWorld.EPOCH_MS, "k", "v"));
        world.run(Duration.ofSeconds(13), after);
        String epoch = world.table("orders").currentSnapshot().summary().get("weir.epoch");

        // When
        for (int i = 0; i < 60; i++) {
            world.produce("orders", 0, Entry.of(SinkWorld.EPOCH_MS, "k", "v"));
            world.run(Duration.ofSeconds(i % 2 == 0 ? 6 : 50), before);
            world.run(Duration.ofSeconds(12), after);
        }

        // Then
        assertThat(world.rows("orders")).hasSize(62);
        assertThat(world.table("orders").currentSnapshot().summary()).containsEntry("weir.epoch", epoch);
    }

    private void acquire(String topic) {
        world.metadata
                .tables()
                .acquireFeed(world.topic(topic).id(), new NodeId(1))
                .join();
    }

    @Test
    void anErrorInOneTopicHoldsNoOtherUpAndIsTriedAgain() {
        // Given
        AtomicBoolean fails = new AtomicBoolean(true);
        world.schemas = id -> {
            if (fails.get()) {
                throw new StackOverflowError("made by the test");
            }
            return new SchemasById.Found.Missing();
        };
        world.metadata.create("broken", 1, Map.of("table.value-format", "avro"));
        world.metadata.create("orders", 1);
        world.produce("broken", 0, Entry.of(SinkWorld.EPOCH_MS, new byte[] {0, 0, 0, 0, 1, 2}));
        world.produce("orders", 0, Entry.of(SinkWorld.EPOCH_MS, "k", "v"));

        // When
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(world.rows("orders")).hasSize(1);
        assertThat(world.feeds().memoryUsed()).isZero();
        fails.set(false);
        world.run(Duration.ofSeconds(90));
        assertThat(world.deadLetters("broken")).hasSize(1);
    }

    @Test
    void whatIsTextOrJsonOrNotIsAColumnOrADeadLetter() {
        // Given
        world.metadata.create("text", 1, Map.of("table.value-format", "utf8"));
        world.metadata.create("json", 1, Map.of("table.value-format", "json"));
        world.metadata.create("json2", 1, Map.of("table.value-format", "json", "table.format-version", "2"));
        byte[] notText = {(byte) 0xff};
        for (String topic : List.of("text", "json", "json2")) {
            world.produce(
                    topic,
                    0,
                    Entry.of(SinkWorld.EPOCH_MS, null, "{\"a\": [1, 2.5, \"x\", null, true], \"b\": {\"c\": 1e3}}"),
                    Entry.of(SinkWorld.EPOCH_MS, notText),
                    Entry.of(SinkWorld.EPOCH_MS, null, null),
                    Entry.of(SinkWorld.EPOCH_MS, null, "no json"));
        }

        // When
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(world.rows("text"))
                .extracting(row -> row.getField("_offset"))
                .containsExactlyInAnyOrder(0L, 2L, 3L);
        assertThat(world.rows("json"))
                .extracting(row -> row.getField("_offset"))
                .containsExactlyInAnyOrder(0L, 2L);
        assertThat(world.rows("json2"))
                .extracting(row -> row.getField("_offset"))
                .containsExactlyInAnyOrder(0L, 2L);
        assertThat(String.valueOf(world.rows("json").getFirst().getField("value")))
                .contains("a: Variant")
                .contains("1000.0");
        assertThat(world.deadLetters("json"))
                .extracting(row -> row.getField("reason").toString())
                .satisfiesExactlyInAnyOrder(
                        reason -> assertThat(reason).contains("UTF-8"),
                        reason -> assertThat(reason).contains("not JSON"));
        assertThat(world.deadLetters("text")).hasSize(1);
        assertThat(world.deadLetters("json2")).hasSize(2);
    }

    /** Partition 0 was further in the table than in the store, partition 1 the other way round, and 2 is idle. */
    @Test
    void aTableGoesOnAfterARestoreWithoutADuplicateAndDoesNotWaitAtTheGap() {
        // Given
        long next = 1_000_000_000_000L;
        world.metadata.create("orders", 3);
        for (int partition = 0; partition < 3; partition++) {
            world.produce("orders", partition, Entry.of(SinkWorld.EPOCH_MS, "k", partition + " first"));
        }
        world.produce("orders", 0, Entry.of(SinkWorld.EPOCH_MS, "k", "0 lost"));
        world.run(Duration.ofSeconds(13));
        world.produce("orders", 1, Entry.of(SinkWorld.EPOCH_MS, "k", "1 second"));
        for (int partition = 0; partition < 3; partition++) {
            StreamId stream = world.topic("orders").location(partition).orElseThrow().stream();
            world.streams.flush(stream, partition == 1 ? 2 : 1);
            world.streams.loseTail(stream, next);
        }

        // When
        world.restart();
        world.run(Duration.ofMinutes(1));

        // Then
        assertThat(values("orders")).containsExactlyInAnyOrder("0 first", "0 lost", "1 first", "1 second", "2 first");
        TablePointer caughtUp = Objects.requireNonNull(world.pointer("orders"));
        for (int partition = 0; partition < 3; partition++) {
            StreamId stream = world.topic("orders").location(partition).orElseThrow().stream();
            assertThat(caughtUp.watermark(stream)).isEqualTo(next);
        }
        world.run(Duration.ofMinutes(1));
        assertThat(world.pointer("orders")).isEqualTo(caughtUp);

        // When
        for (int partition = 0; partition < 3; partition++) {
            world.produce("orders", partition, Entry.of(SinkWorld.EPOCH_MS, "k", partition + " new"));
        }
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(values("orders")).hasSize(8).contains("0 new", "1 new", "2 new");
        assertThat(world.rows("orders"))
                .filteredOn(row -> text(row.getField("value")).endsWith("new"))
                .extracting(row -> row.getField("_offset"))
                .containsOnly(next);
    }

    private List<String> values(String topic) {
        return world.rows(topic).stream()
                .map(row -> text(row.getField("value")))
                .toList();
    }
}
