package io.weir.lakehouse.maintenance;

import static io.weir.lakehouse.maintenance.MaintainedTables.BY_DAY;
import static io.weir.lakehouse.maintenance.MaintainedTables.CONFIG;
import static io.weir.lakehouse.maintenance.MaintainedTables.NOON;
import static io.weir.lakehouse.maintenance.MaintainedTables.appendImaginary;
import static io.weir.lakehouse.maintenance.MaintainedTables.config;
import static io.weir.lakehouse.maintenance.MaintainedTables.rows;
import static io.weir.lakehouse.maintenance.MaintainedTables.tasks;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.table.TablePointer;
import io.weir.testsupport.object.MemoryObjectStore.Operation;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.iceberg.ManageSnapshots;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableMaintenanceTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path staging;

    @SuppressWarnings("NullAway.Init")
    private MaintainedTables tables;

    @SuppressWarnings("NullAway.Init")
    private TableMaintenance maintenance;

    private Instant now = Instant.now();

    @BeforeEach
    void begin() {
        tables = new MaintainedTables(staging);
        maintenance = new TableMaintenance(
                CONFIG,
                new TableMaintenance.Ports(TenantId.DEFAULT, tables.catalog, tables.metadata, tables.files, () -> now));
    }

    private void passAfter(Duration time) {
        now = now.plus(time);
        assertThat(maintenance.pass()).isTrue();
    }

    @Test
    void worksByItselfUntilItIsClosed() {
        Table table = tables.create("orders", 2, BY_DAY, Map.of());
        tables.append(table, 16, 3, NOON);
        String before = tables.pointer("orders").metadataLocation();
        CompletableFuture<String> merged = new CompletableFuture<>();
        var _ = tables.metadata.subscribe((image, changed, deleted) -> {
            String present = tables.pointer("orders").metadataLocation();
            if (!present.equals(before)) {
                merged.complete(present);
            }
        });
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        TableMaintenance quick = new TableMaintenance(
                config(Duration.ofMillis(1), CONFIG.rowGroupBytes()),
                new TableMaintenance.Ports(
                        TenantId.DEFAULT, tables.catalog, tables.metadata, tables.files, Instant::now));

        quick.start(meters);
        assertThat(merged).succeedsWithin(Duration.ofSeconds(60));
        quick.close();

        assertThat(tasks(tables.load("orders"))).hasSize(1);
        assertThat(meters.get("weir.table.maintenance.age.seconds").gauge().value())
                .isLessThan(60);
        assertThat(meters.get("weir.table.maintenance.failures")
                        .functionCounter()
                        .count())
                .isZero();
    }

    @Test
    void mergesWhatTheFeedHasAdded() {
        Table table = tables.create("orders", 2, BY_DAY, Map.of());
        tables.append(table, 15, 3, NOON);
        passAfter(Duration.ofMinutes(1));
        assertThat(tasks(tables.load("orders"))).hasSize(15);
        tables.append(tables.load("orders"), 1, 3, NOON);
        passAfter(Duration.ofMinutes(1));
        assertThat(tasks(tables.load("orders"))).hasSize(1);
    }

    @Test
    void mergesFewFilesWhenNothingWasAddedForAnHour() {
        Table table = tables.create("orders", 2, BY_DAY, Map.of());
        tables.append(table, 3, 3, NOON);
        passAfter(Duration.ofMinutes(1));
        assertThat(tasks(tables.load("orders"))).hasSize(3);
        passAfter(Duration.ofHours(2));
        assertThat(tasks(tables.load("orders"))).hasSize(1);
    }

    @Test
    void anIdleTableCostsNothing() {
        Table table = tables.create("orders", 2, BY_DAY, Map.of());
        tables.append(table, 3, 3, NOON);
        for (int i = 0; i < 5; i++) {
            passAfter(Duration.ofHours(2));
        }
        TablePointer settled = tables.pointer("orders");
        long reads = tables.objects.requests(Operation.READ);
        for (int i = 0; i < 10; i++) {
            passAfter(Duration.ofHours(1));
        }
        assertThat(tables.pointer("orders")).isEqualTo(settled);
        assertThat(tables.objects.requests(Operation.READ)).isEqualTo(reads);
    }

    @Test
    void aTableThatFailsDoesNotKeepTheOthers() {
        for (String topic : List.of("broken", "sound")) {
            tables.append(tables.create(topic, 2, BY_DAY, Map.of()), 16, 1, NOON);
        }
        String lost = tasks(tables.load("broken")).getFirst().file().location();
        tables.files.deleteFile(lost);

        assertThat(maintenance.pass()).isFalse();
        assertThat(tasks(tables.load("sound"))).hasSize(1);
        assertThat(tasks(tables.load("broken"))).hasSize(16);
        assertThat(tables.stored(tables.pointer("broken").location(), ".parquet"))
                .as("nothing is left of what was begun")
                .hasSize(15);
    }

    @Test
    void keepsTheNewestSnapshotsAndWhatATagRefersTo() {
        Table table = tables.create("orders", 2, PartitionSpec.unpartitioned(), Map.of());
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < CONFIG.newestSnapshots() + 22; i++) {
            appendImaginary(table, 1, 1L << 30);
            ids.add(table.currentSnapshot().snapshotId());
        }
        ManageSnapshots tags = table.manageSnapshots();
        tags.createTag("kept", ids.get(3)).commit();
        now = Instant.now().plus(Duration.ofHours(25));

        passAfter(Duration.ofMinutes(1));

        List<Long> left = new ArrayList<>();
        for (Snapshot snapshot : tables.load("orders").snapshots()) {
            left.add(snapshot.snapshotId());
        }
        assertThat(left)
                .containsAll(ids.subList(22, ids.size()))
                .contains(ids.get(3))
                .hasSize(CONFIG.newestSnapshots() + 1);
        assertThat(tables.pointer("orders").watermark()).hasSize(1);
    }

    @Test
    void fewSnapshotsTooManyAreLeftUntilTheyAreWorthACommit() {
        Table table = tables.create("orders", 2, PartitionSpec.unpartitioned(), Map.of());
        for (int i = 0; i < CONFIG.newestSnapshots() + CONFIG.expireSnapshots() - 1; i++) {
            appendImaginary(table, 1, 1L << 30);
        }
        now = Instant.now().plus(Duration.ofHours(25));
        passAfter(Duration.ofMinutes(1));
        assertThat(tables.load("orders").snapshots()).hasSize(CONFIG.newestSnapshots() + CONFIG.expireSnapshots() - 1);
        assertThat(maintenance.expire(tables.pointer("orders"))).isEqualTo(CONFIG.expireSnapshots() - 1);
        assertThat(tables.load("orders").snapshots()).hasSize(CONFIG.newestSnapshots());
    }

    @Test
    void theLastSnapshotOfAnHourIsKeptForADay() {
        Table table = tables.create("orders", 2, PartitionSpec.unpartitioned(), Map.of());
        for (int i = 0; i < CONFIG.newestSnapshots() + 3; i++) {
            appendImaginary(table, 1, 1L << 30);
        }
        List<Snapshot> oldestFirst = new ArrayList<>();
        table.snapshots().forEach(oldestFirst::add);
        SnapshotKeeping keeping = new SnapshotKeeping(CONFIG.newestSnapshots(), 24);
        Snapshot third = oldestFirst.get(2);
        long day = Duration.ofDays(1).toMillis();
        assertThat(keeping.surplus(table, third.timestampMillis() + day - 1)).doesNotContain(third.snapshotId());
        assertThat(keeping.surplus(table, third.timestampMillis() + day)).contains(third.snapshotId());
    }

    @Test
    void manyManifestsBecomeFew() {
        Table table = tables.create("orders", 2, PartitionSpec.unpartitioned(), Map.of());
        for (int i = 0; i < 101; i++) {
            table.newFastAppend()
                    .appendFile(MaintainedTables.imaginary(table, "f" + i, 1L << 30))
                    .commit();
        }
        assertThat(table.currentSnapshot().dataManifests(table.io())).hasSize(101);
        passAfter(Duration.ofMinutes(1));
        Table after = tables.load("orders");
        assertThat(after.currentSnapshot().dataManifests(after.io())).hasSize(1);
        assertThat(tasks(after)).hasSize(101);
    }

    @Test
    void rowsOlderThanTheTablesRetentionGoFileByFile() {
        Table table = tables.create("orders", 2, BY_DAY, Map.of("table.retention", "10d"));
        now = NOON.plus(Duration.ofDays(10));
        tables.append(table, 1, 3, NOON);
        tables.append(table, 1, 3, NOON.plusMillis(1));
        passAfter(Duration.ZERO);
        assertThat(rows(tables.load("orders"))).as("at the bound").hasSize(6);
        passAfter(Duration.ofHours(1).plusMillis(1));
        assertThat(rows(tables.load("orders"))).isEmpty();
        assertThat(tables.pointer("orders").watermark()).hasSize(1);
    }

    @Test
    void rowsOfATableWithoutRetentionStay() {
        Table table = tables.create("orders", 2, BY_DAY, Map.of());
        tables.append(table, 1, 3, Instant.EPOCH);
        passAfter(Duration.ofDays(1));
        assertThat(rows(tables.load("orders"))).hasSize(3);
    }

    @Test
    void theFilesOfADroppedTableGoAndItIsForgottenWhenNoneCanFollow() {
        Table table = tables.create("orders", 2, BY_DAY, Map.of());
        tables.append(table, 3, 3, NOON);
        tables.append(tables.create("other", 2, BY_DAY, Map.of()), 1, 3, NOON);
        int others = tables.stored("s3://weir/default", "").size();
        TablePointer pointer = tables.pointer("orders");
        int own = tables.stored(pointer.location(), "").size();
        tables.metadata
                .deleteTopic(
                        TenantId.DEFAULT,
                        tables.metadata
                                .image()
                                .topic(TenantId.DEFAULT, "orders")
                                .orElseThrow()
                                .id())
                .join();

        passAfter(Duration.ofMinutes(1));
        assertThat(tables.stored(pointer.location(), "")).isEmpty();
        assertThat(tables.metadata.image().tables().dropped()).hasSize(1);

        String late = pointer.location() + "/data/late.parquet";
        tables.objects
                .create(new ObjectKey(late.substring("s3://weir/".length())), List.of(ByteBuffer.allocate(3)))
                .join();
        passAfter(CONFIG.dropGrace().minusMillis(1));
        assertThat(tables.stored(pointer.location(), "")).hasSize(1);
        passAfter(Duration.ofMillis(1));
        assertThat(tables.stored(pointer.location(), "")).isEmpty();
        assertThat(tables.metadata.image().tables().dropped()).isEmpty();
        assertThat(tables.stored("s3://weir/default", "")).hasSize(others - own);
    }

    @Test
    void aFileThatWasInNoTableForTheGraceIsDeleted() {
        Table table = tables.create("orders", 2, BY_DAY, Map.of());
        tables.append(table, 2, 3, NOON);
        String orphan = table.location() + "/data/orphan.parquet";
        tables.objects
                .create(new ObjectKey(orphan.substring("s3://weir/".length())), List.of(ByteBuffer.allocate(3)))
                .join();
        List<String> all = tables.stored(table.location(), "");
        OrphanFiles orphans = new OrphanFiles(tables.files, CONFIG.orphanGrace());
        long graceMs = CONFIG.orphanGrace().toMillis();

        assertThat(orphans.look(table.location(), () -> tables.load("orders"), 1))
                .isZero();
        assertThat(orphans.look(table.location(), () -> tables.load("orders"), graceMs))
                .isZero();
        assertThat(tables.stored(table.location(), "")).isEqualTo(all);
        assertThat(orphans.look(table.location(), () -> tables.load("orders"), graceMs + 1))
                .isEqualTo(1);
        assertThat(tables.stored(table.location(), "")).hasSize(all.size() - 1).doesNotContain(orphan);
        assertThat(rows(tables.load("orders"))).hasSize(6);
    }

    @Test
    void aFileThatIsCommittedWithinTheGraceStays() {
        Table table = tables.create("orders", 2, BY_DAY, Map.of());
        var pending = tables.file(table, 3, NOON);
        OrphanFiles orphans = new OrphanFiles(tables.files, CONFIG.orphanGrace());
        orphans.look(table.location(), () -> tables.load("orders"), 0);
        table.newAppend().appendFile(pending).commit();
        long late = 10 * CONFIG.orphanGrace().toMillis();
        assertThat(orphans.look(table.location(), () -> tables.load("orders"), late))
                .isZero();
        assertThat(rows(tables.load("orders"))).hasSize(3);
    }
}
