package io.weir.lakehouse.maintenance;

import static io.weir.lakehouse.maintenance.MaintainedTables.BY_DAY;
import static io.weir.lakehouse.maintenance.MaintainedTables.CONFIG;
import static io.weir.lakehouse.maintenance.MaintainedTables.NOON;
import static io.weir.lakehouse.maintenance.MaintainedTables.appendImaginary;
import static io.weir.lakehouse.maintenance.MaintainedTables.config;
import static io.weir.lakehouse.maintenance.MaintainedTables.imaginary;
import static io.weir.lakehouse.maintenance.MaintainedTables.rows;
import static io.weir.lakehouse.maintenance.MaintainedTables.tasks;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.lakehouse.maintenance.CompactionPlan.Merge;
import io.weir.testsupport.object.MemoryObjectStore.Operation;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileMetadata;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Table;
import org.apache.iceberg.exceptions.ValidationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompactionTest {
    private static final long NOTHING_SETTLED = 0;
    private static final long ALL_SETTLED = Long.MAX_VALUE;

    private final Compaction compaction = new Compaction(CONFIG);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path staging;

    @SuppressWarnings("NullAway.Init")
    private MaintainedTables tables;

    @BeforeEach
    void begin() {
        tables = new MaintainedTables(staging);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void smallFilesOfADayBecomeOneWithTheSameRows(int formatVersion) {
        Table table = tables.create("orders", formatVersion, BY_DAY, Map.of());
        tables.append(table, 16, 5, NOON);
        tables.append(table, 15, 5, NOON.plus(Duration.ofDays(1)));
        List<String> before = rows(table);
        Map<?, Long> watermark = tables.pointer("orders").watermark();

        Compaction.Outcome outcome = compaction.run(table, NOTHING_SETTLED, false);

        assertThat(outcome.before()).isEqualTo(16);
        assertThat(outcome.after()).isEqualTo(1);
        Table after = tables.load("orders");
        assertThat(tasks(after)).as("15 of the next day wait for one more").hasSize(16);
        assertThat(rows(after)).hasSize(155).isEqualTo(before);
        assertThat(tables.pointer("orders").watermark()).isEqualTo(watermark).hasSize(1);
        assertThat(compaction.run(after, NOTHING_SETTLED, false)).isEqualTo(Compaction.Outcome.NOTHING);
    }

    @Test
    void aClassThatAUserNamesInTheTablesPropertiesIsNotLoaded() {
        Table table = tables.create("orders", 2, PartitionSpec.unpartitioned(), Map.of());
        tables.append(table, 16, 3, NOON);
        table.updateProperties()
                .set("write.location-provider.impl", "users.own.Provider")
                .commit();
        compaction.run(tables.load("orders"), NOTHING_SETTLED, false);
        assertThat(tasks(tables.load("orders"))).hasSize(1);
    }

    @Test
    void aTableThatIsNotPartitionedIsMergedToo() {
        Table table = tables.create("orders", 2, PartitionSpec.unpartitioned(), Map.of());
        tables.append(table, 16, 3, NOON);
        List<String> before = rows(table);
        compaction.run(table, NOTHING_SETTLED, false);
        assertThat(tasks(tables.load("orders"))).hasSize(1);
        assertThat(rows(tables.load("orders"))).isEqualTo(before);
    }

    @Test
    void aDayToWhichNothingIsAddedAnyLongerIsMergedWhateverTheNumberOfItsFiles() {
        Table table = tables.create("orders", 2, BY_DAY, Map.of());
        tables.append(table, 2, 5, NOON);
        long settled = table.currentSnapshot().sequenceNumber();
        tables.append(table, 2, 5, NOON.plus(Duration.ofDays(1)));

        compaction.run(table, settled, false);

        assertThat(tasks(tables.load("orders"))).hasSize(3);
    }

    @Test
    void rowsWrittenBeforeAColumnWasAddedAreMergedWithThoseAfter() {
        Table table = tables.create("orders", 2, BY_DAY, Map.of());
        tables.append(table, 1, 2, NOON);
        table.updateSchema()
                .addColumn("more", org.apache.iceberg.types.Types.IntegerType.get())
                .commit();
        tables.append(table, 1, 2, NOON);
        List<String> before = rows(table);
        compaction.run(table, ALL_SETTLED, true);
        assertThat(tasks(tables.load("orders"))).hasSize(1);
        assertThat(rows(tables.load("orders"))).isEqualTo(before);
    }

    @Test
    void aFileThatIsTakenOutMeanwhileFailsTheMergeAndLeavesNothingBehind() {
        Table table = tables.create("orders", 2, BY_DAY, Map.of());
        tables.append(table, 3, 5, NOON);
        Compaction.Prepared prepared =
                compaction.prepare(table, ALL_SETTLED, true).orElseThrow();
        Table other = tables.load("orders");
        other.newDelete().deleteFile(tasks(other).getFirst().file()).commit();
        List<String> left = rows(tables.load("orders"));

        assertThatThrownBy(() -> compaction.commit(table, prepared)).isInstanceOf(ValidationException.class);

        assertThat(rows(tables.load("orders"))).hasSize(10).isEqualTo(left);
        assertThat(tables.stored(table.location(), ".parquet")).hasSize(3);
    }

    @Test
    void whatIsAppendedMeanwhileStays() {
        Table table = tables.create("orders", 2, BY_DAY, Map.of());
        tables.append(table, 3, 5, NOON);
        Compaction.Prepared prepared =
                compaction.prepare(table, ALL_SETTLED, true).orElseThrow();
        tables.append(tables.load("orders"), 1, 5, NOON);
        List<String> all = rows(tables.load("orders"));

        compaction.commit(table, prepared);

        assertThat(tasks(tables.load("orders"))).hasSize(2);
        assertThat(rows(tables.load("orders"))).hasSize(20).isEqualTo(all);
    }

    @Test
    void aMergeThatCannotWriteLeavesTheTableAsItIs() {
        Table table = tables.create("orders", 2, BY_DAY, Map.of());
        tables.append(table, 3, 5, NOON);
        tables.objects.failNext(1, Operation.CREATE);
        assertThatThrownBy(() -> compaction.run(table, ALL_SETTLED, true)).isInstanceOf(UncheckedIOException.class);
        assertThat(tasks(tables.load("orders"))).hasSize(3);
        assertThat(tables.stored(table.location(), ".parquet")).hasSize(3);
    }

    @Test
    void mergedFilesHaveCappedRowGroups() {
        MaintenanceConfig smallGroups = config(CONFIG.interval(), 64 << 10);
        Table table = tables.create("orders", 2, BY_DAY, Map.of());
        tables.append(table, 2, 20_000, NOON);
        new Compaction(smallGroups).run(table, ALL_SETTLED, true);
        DataFile merged = tasks(tables.load("orders")).getFirst().file();
        assertThat(merged.recordCount()).isEqualTo(40_000);
        assertThat(merged.splitOffsets()).hasSizeGreaterThan(4);
    }

    @Test
    void filesUpToTheBoundAreSmallOnes() {
        Table table = tables.create("orders", 2, PartitionSpec.unpartitioned(), Map.of());
        appendImaginary(table, 2, CONFIG.smallFileBytes());
        assertThat(plan(table, true)).isEmpty();
    }

    @Test
    void filesWithRowGroupsThatNeedMoreMemoryThanAMergeMayTakeAreLeftAlone() {
        Table table = tables.create("orders", 2, PartitionSpec.unpartitioned(), Map.of());
        long most = 4L * CONFIG.rowGroupBytes();
        appendImaginary(table, 2, most + 4 + 1);
        assertThat(plan(table, true)).isEmpty();
        appendImaginary(table, 2, most + 4);
        assertThat(plan(table, true)).hasSize(1);
    }

    @Test
    void filesWithDeletesAreLeftAlone() {
        Table table = tables.create("orders", 2, PartitionSpec.unpartitioned(), Map.of());
        appendImaginary(table, 2, 1000);
        table.newRowDelta()
                .addDeletes(FileMetadata.deleteFileBuilder(table.spec())
                        .ofPositionDeletes()
                        .withPath(table.location() + "/data/deletes.parquet")
                        .withFormat("parquet")
                        .withFileSizeInBytes(10)
                        .withRecordCount(1)
                        .build())
                .commit();
        assertThat(plan(table, true)).isEmpty();
    }

    @Test
    void onlyFilesOfAboutOneSizeAreMergedWithEachOtherByThemselves() {
        Table table = tables.create("orders", 2, PartitionSpec.unpartitioned(), Map.of());
        appendImaginary(table, 15, 1000);
        appendImaginary(table, 1, 1 << 20);
        assertThat(plan(table, false)).isEmpty();
        assertThat(plan(table, true)).hasSize(1);
        appendImaginary(table, 1, 1000);
        assertThat(plan(table, false))
                .singleElement()
                .satisfies(merge -> assertThat(merge.inputs()).hasSize(16));
    }

    @Test
    void aMergeComesToTheTargetAtMostAndACommitToItsBound() {
        Table table = tables.create("orders", 2, PartitionSpec.unpartitioned(), Map.of());
        List<DataFile> files = java.util.stream.IntStream.range(0, 30)
                .mapToObj(i -> imaginary(table, "f" + i, 4L << 20))
                .toList();
        var append = table.newAppend();
        files.forEach(append::appendFile);
        append.commit();
        MaintenanceConfig tight = new MaintenanceConfig(
                CONFIG.interval(),
                40L << 20,
                8L << 20,
                2,
                30,
                80L << 20,
                1 << 20,
                60,
                24,
                20,
                100,
                CONFIG.settled(),
                CONFIG.dropGrace(),
                CONFIG.orphanGrace());
        List<Merge> merges = CompactionPlan.of(table, table.currentSnapshot(), tight, ALL_SETTLED, true)
                .merges();
        assertThat(merges)
                .hasSize(2)
                .allSatisfy(merge -> assertThat(merge.bytes()).isEqualTo(40L << 20));
    }

    private List<Merge> plan(Table table, boolean all) {
        return CompactionPlan.of(table, table.currentSnapshot(), CONFIG, NOTHING_SETTLED, all)
                .merges();
    }
}
