package io.weir.lakehouse.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.StreamMove;
import io.weir.contracts.table.TablePointer;
import io.weir.lakehouse.sample.PlainBatches.Entry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Topics, settings and tables that change under the feed. */
class TableChangesTest {
    @TempDir
    private Path staging;

    private SinkWorld world;

    @BeforeEach
    void makeWorld() {
        world = new SinkWorld(staging, 1);
        world.restart();
    }

    private void produce(String topic, int records) {
        for (int i = 0; i < records; i++) {
            world.produce(topic, 0, Entry.of(SinkWorld.EPOCH_MS, "k", "v" + i));
        }
    }

    private List<Object> offsets(String topic) {
        return world.rows(topic).stream()
                .map(row -> row.getField("_offset"))
                .sorted()
                .toList();
    }

    private static Object[] range(long from, long to) {
        return LongStream.range(from, to).boxed().toArray();
    }

    @Test
    void recordsFromBeforeTheTableWasWantedAreInIt() {
        // Given
        world.metadata.create("t", 1, Map.of("table.enabled", "false"));
        produce("t", 20);
        world.trim("t", 0, 5);
        world.run(Duration.ofSeconds(30));
        assertThat(world.pointer("t")).isNull();

        // When
        world.configure("t", "table.enabled", "true");
        world.run(Duration.ofSeconds(13));

        // Then what retention took before there was a table is no gap of it
        assertThat(offsets("t")).containsExactly(range(5, 20));
        assertThat(world.table("t").properties()).doesNotContainKey("weir.gap.0");
    }

    @Test
    void aClassThatAUserNamesInTheTablesPropertiesIsNotLoaded() {
        // Given
        world.metadata.create("t", 1);
        produce("t", 3);
        world.run(Duration.ofSeconds(13));

        // When
        world.commitAsUser(
                "t",
                table -> table.updateProperties()
                        .set("write.location-provider.impl", "users.own.Provider")
                        .commit());
        produce("t", 3);
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(offsets("t")).containsExactly(range(0, 6));
    }

    @Test
    void aTableThatIsNotWantedAnyMoreStopsWhereItIsAndGoesOnFromThere() {
        // Given
        world.metadata.create("t", 1);
        produce("t", 3);
        world.run(Duration.ofSeconds(13));
        world.configure("t", "table.enabled", "false");
        produce("t", 3);
        world.run(Duration.ofSeconds(30));
        assertThat(offsets("t")).containsExactly(range(0, 3));
        assertThat(world.meters.find("weir.table.lag").gauge()).isNull();

        // When
        world.configure("t", "table.enabled", "true");
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(offsets("t")).containsExactly(range(0, 6));
    }

    @Test
    void offsetsThatRetentionTookFromALaggingTableAreNamedInItsProperties() {
        // Given
        world.metadata.create("t", 1);
        produce("t", 10);
        world.run(Duration.ofSeconds(13));
        for (int round = 0; round < 2; round++) {
            world.configure("t", "table.enabled", "false");
            produce("t", 10);
            world.run(Duration.ofSeconds(2));
            world.trim("t", 0, 15 + 10 * round);
            world.configure("t", "table.enabled", "true");
            world.run(Duration.ofSeconds(13));
        }

        // Then
        assertThat(world.table("t").properties()).containsEntry("weir.gap.0", "10..15,20..25");
        assertThat(offsets("t")).hasSize(20).contains(9L, 15L, 19L, 25L, 29L).doesNotContain(10L, 24L);
    }

    @Test
    void aTopicOfWhichNothingIsLeftMovesItsTableOnAndNamesTheGap() {
        // Given
        world.metadata.create("t", 1);
        produce("t", 5);
        world.run(Duration.ofSeconds(13));
        world.configure("t", "table.enabled", "false");
        produce("t", 5);
        world.run(Duration.ofSeconds(2));
        world.trim("t", 0, 10);
        world.configure("t", "table.enabled", "true");
        world.run(Duration.ofSeconds(13));
        produce("t", 1);

        // When
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(world.table("t").properties()).containsEntry("weir.gap.0", "5..10");
        assertThat(offsets("t")).containsExactly(0L, 1L, 2L, 3L, 4L, 10L);
    }

    @Test
    void aTopicMadeAgainUnderItsNameIsAnotherTable() {
        // Given
        world.metadata.create("t", 1);
        produce("t", 4);
        world.run(Duration.ofSeconds(13));
        TablePointer before = world.pointer("t");
        world.metadata.deleteTopic(TenantId.DEFAULT, world.topic("t").id()).join();

        // When
        world.metadata.create("t", 1);
        produce("t", 2);
        world.run(Duration.ofSeconds(13));

        // Then
        TablePointer after = world.pointer("t");
        assertThat(after).isNotNull();
        assertThat(before).isNotNull();
        assertThat(after.table()).isNotEqualTo(before.table());
        assertThat(after.location()).isNotEqualTo(before.location());
        assertThat(offsets("t")).containsExactly(range(0, 2));
        assertThat(world.metadata.image().tables().dropped())
                .extracting(dropped -> dropped.table())
                .containsExactly(before.table());
    }

    @Test
    void aTableThatAUserDroppedIsMadeAgainFromWhatTheTopicHas() {
        // Given
        world.metadata.create("t", 1);
        produce("t", 4);
        world.run(Duration.ofSeconds(13));
        TablePointer before = world.pointer("t");
        assertThat(before).isNotNull();
        world.trim("t", 0, 2);

        // When
        world.metadata
                .tables()
                .drop(TenantId.DEFAULT, before.name(), before.table(), true)
                .join();
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(offsets("t")).containsExactly(2L, 3L);
        assertThat(world.table("t").properties()).doesNotContainKey("weir.gap.0");
    }

    @Test
    void aUsersRollbackIsNotUndone() {
        // Given
        world.metadata.create("t", 1);
        produce("t", 4);
        world.run(Duration.ofSeconds(13));
        long first = world.table("t").currentSnapshot().snapshotId();
        produce("t", 4);
        world.run(Duration.ofSeconds(13));

        // When
        world.commitAsUser(
                "t", table -> table.manageSnapshots().rollbackTo(first).commit());
        produce("t", 4);
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(offsets("t")).containsExactly(0L, 1L, 2L, 3L, 8L, 9L, 10L, 11L);
    }

    @Test
    void columnsThatAUserAddedRenamedAndTookAwayDoNotStopTheTable() {
        // Given
        world.metadata.create("t", 1);
        produce("t", 1);
        world.run(Duration.ofSeconds(13));

        // When
        world.commitAsUser(
                "t",
                table -> table.updateSchema()
                        .addColumn("mine", Types.StringType.get())
                        .renameColumn("value", "payload")
                        .deleteColumn("_headers")
                        .commit());
        produce("t", 1);
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(offsets("t")).containsExactly(0L, 1L);
        assertThat(world.table("t").schema().findField("_headers")).isNotNull();
        assertThat(world.rows("t"))
                .filteredOn(row -> row.getField("_offset").equals(1L))
                .allSatisfy(row -> {
                    assertThat(row.getField("value")).isNotNull();
                    assertThat(row.getField("payload")).isNull();
                    assertThat(row.getField("mine")).isNull();
                });
    }

    @Test
    void aTableIsPartitionedAsTheTopicSaysFromTheNextCommitOnAndElseAsItsUserSays() {
        // Given
        world.metadata.create("t", 1);
        produce("t", 1);
        world.run(Duration.ofSeconds(13));
        assertThat(partitioning()).containsExactly("_timestamp_day");

        // When
        world.configure("t", "table.partition-by", "hour");
        produce("t", 1);
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(partitioning()).containsExactly("_timestamp_hour");

        // When
        world.commitAsUser(
                "t",
                table -> table.updateSpec()
                        .addField("bucket", Expressions.bucket("_offset", 4))
                        .commit());
        produce("t", 8);
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(partitioning()).containsExactly("_timestamp_hour", "bucket");
        assertThat(offsets("t")).containsExactly(range(0, 10));

        // When
        world.configure("t", "table.partition-by", "none");
        produce("t", 1);
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(world.table("t").spec().isUnpartitioned()).isTrue();
        assertThat(offsets("t")).containsExactly(range(0, 11));
    }

    private List<String> partitioning() {
        return world.table("t").spec().fields().stream()
                .map(PartitionField::name)
                .toList();
    }

    @Test
    void partitionsThatAreAddedAreFed() {
        // Given
        world.metadata.create("t", 1);
        produce("t", 2);
        world.run(Duration.ofSeconds(13));

        // When
        world.metadata.addPartitions(TenantId.DEFAULT, "t", 3, false).join();
        world.produce("t", 2, Entry.of(SinkWorld.EPOCH_MS, "k", "v"));
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(world.rows("t"))
                .extracting(row -> row.getField("_partition_id") + ":" + row.getField("_offset"))
                .containsExactlyInAnyOrder("0:0", "0:1", "2:0");
    }

    /** So many records that they are gathered before their commit is due. */
    private void gather(String topic) {
        Entry[] entries = new Entry[600];
        Arrays.setAll(entries, i -> Entry.of(SinkWorld.EPOCH_MS, "k", "v" + i));
        world.produce(topic, 0, entries);
        world.run(Duration.ofSeconds(2));
        assertThat(world.feeds().memoryUsed()).isPositive();
        assertThat(world.pointer(topic)).isNull();
    }

    @Test
    void partitionsThatAreAddedWhileRecordsAreGatheredAreFed() {
        // Given
        world.metadata.create("t", 1);
        gather("t");

        // When
        world.metadata.addPartitions(TenantId.DEFAULT, "t", 3, false).join();
        world.produce("t", 2, Entry.of(SinkWorld.EPOCH_MS, "k", "v"));
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(world.meters.get("weir.table.failures").counter().count()).isZero();
        assertThat(world.rows("t"))
                .hasSize(601)
                .filteredOn(row -> row.getField("_partition_id").equals(2))
                .hasSize(1);
        assertThat(world.rows("t"))
                .filteredOn(row -> row.getField("_partition_id").equals(0))
                .extracting(row -> row.getField("_offset"))
                .containsExactlyInAnyOrder(range(0, 600));
    }

    @Test
    void aPartitionThatMovesWhileItsRecordsAreGatheredIsFedFromWhereItIs() {
        // Given
        world.metadata.shards(2);
        world.metadata.create("t", 1);
        gather("t");
        StreamLocation before = world.topic("t").location(0).orElseThrow();
        ShardId other = new ShardId(1 - before.shard().value());

        // When
        world.metadata.moves().plan(TenantId.DEFAULT, "t", List.of(0), other).join();
        for (StreamMove move : world.metadata.image().moves()) {
            world.metadata.moves().advance(move.id(), StreamMove.Phase.PLACED).join();
        }
        assertThat(world.topic("t").location(0)).get().isNotEqualTo(before);
        produce("t", 1);
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(world.meters.get("weir.table.failures").counter().count()).isZero();
        assertThat(offsets("t")).containsExactly(range(0, 601));
    }

    @Test
    void aTableWhoseValuesAreReadInAnotherWayHasAColumnForThem() {
        // Given
        world.metadata.create("t", 1, Map.of("table.value-format", "utf8"));
        produce("t", 1);
        world.run(Duration.ofSeconds(13));

        // When
        world.configure("t", "table.value-format", "raw");
        produce("t", 1);
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(world.table("t").schema().findField("value").type()).isEqualTo(Types.StringType.get());
        assertThat(world.table("t").schema().findField("value_raw").type()).isEqualTo(Types.BinaryType.get());
        assertThat(offsets("t")).containsExactly(0L, 1L);
    }

    @Test
    void anOlderOwnerStopsAtItsNextCommit() {
        // Given
        world.metadata.create("t", 1);
        produce("t", 2);
        world.run(Duration.ofSeconds(13));
        TableFeeds zombie = world.feeds();
        world.startBesides();
        produce("t", 2);
        world.run(Duration.ofSeconds(13));
        produce("t", 2);

        // When
        world.run(Duration.ofSeconds(13), zombie);
        world.run(Duration.ofSeconds(13));

        // Then
        assertThat(offsets("t")).containsExactly(range(0, 6));
        assertThat(zombie.memoryUsed()).isZero();
    }
}
