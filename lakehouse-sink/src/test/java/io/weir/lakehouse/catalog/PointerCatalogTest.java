package io.weir.lakehouse.catalog;

import static io.weir.lakehouse.catalog.CatalogFixture.NAMESPACE;
import static io.weir.lakehouse.catalog.CatalogFixture.ORDERS;
import static io.weir.lakehouse.catalog.CatalogFixture.SCHEMA;
import static io.weir.lakehouse.catalog.CatalogFixture.dataFile;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.NamespaceNotEmptyException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PointerCatalogTest {
    @SuppressWarnings("NullAway.Init")
    private CatalogFixture at;

    @BeforeEach
    void open(@TempDir Path staging) {
        at = new CatalogFixture(staging);
    }

    @Test
    void createsListsRenamesAndDropsATable() {
        UUID made = at.create(ORDERS).uuid();
        TableIdentifier renamed = TableIdentifier.of(NAMESPACE, "sales");

        at.catalog.renameTable(ORDERS, renamed);

        assertThat(at.catalog.listTables(NAMESPACE)).containsExactly(renamed);
        assertThat(at.catalog.loadTable(renamed).uuid()).isEqualTo(made);
        assertThat(at.catalog.dropTable(renamed, false)).isTrue();
        assertThat(at.catalog.dropTable(renamed, false)).isFalse();
        assertThat(at.metadata.image().tables().dropped()).isEmpty();
        assertThatThrownBy(() -> at.catalog.loadTable(renamed)).isInstanceOf(NoSuchTableException.class);
    }

    @Test
    void aPurgedTablesFilesAreToBeDeleted() {
        String location = at.create(ORDERS).location();

        at.catalog.dropTable(ORDERS, true);

        assertThat(at.metadata.image().tables().dropped())
                .singleElement()
                .satisfies(dropped -> assertThat(dropped.location()).isEqualTo(location));
    }

    @Test
    void aTableMadeAgainUnderItsNameIsAnotherOne() {
        Table first = at.create(ORDERS);
        UUID firstId = first.uuid();
        String firstLocation = first.location();
        AppendFiles late = first.newAppend().appendFile(dataFile(first, "a"));
        at.catalog.dropTable(ORDERS, false);

        Table second = at.create(ORDERS);

        assertThat(second.uuid()).isNotEqualTo(firstId);
        assertThat(second.location()).isNotEqualTo(firstLocation);
        assertThatThrownBy(late::commit).isInstanceOfAny(NoSuchTableException.class, CommitFailedException.class);
        assertThat(second.currentSnapshot()).isNull();
    }

    @Test
    void keepsNamespacesAndTheirProperties() {
        Namespace inner = Namespace.of("shop", "eu");
        at.catalog.createNamespace(inner, Map.of("owner", "ann", "kept", "yes"));

        at.catalog.setProperties(inner, Map.of("owner", "bob"));
        at.catalog.removeProperties(inner, Set.of("kept"));

        assertThat(at.catalog.listNamespaces()).containsExactly(NAMESPACE);
        assertThat(at.catalog.listNamespaces(NAMESPACE)).containsExactly(inner);
        assertThat(at.catalog.loadNamespaceMetadata(inner)).isEqualTo(Map.of("owner", "bob"));
        assertThatThrownBy(() -> at.catalog.dropNamespace(NAMESPACE)).isInstanceOf(NamespaceNotEmptyException.class);
        assertThat(at.catalog.dropNamespace(inner)).isTrue();
        assertThat(at.catalog.dropNamespace(inner)).isFalse();
        assertThatThrownBy(() -> at.catalog.listTables(inner)).isInstanceOf(NoSuchNamespaceException.class);
    }

    @Test
    void whatIsKeptInMemoryIsWhatTheFileSays() {
        Table table = at.create(ORDERS);
        table.newAppend().appendFile(dataFile(table, "a")).commit();

        TableMetadata present =
                ((BaseTable) at.catalog.loadTable(ORDERS)).operations().current();

        TableMetadata read = TableMetadataParser.read(at.files.files(), present.metadataFileLocation());
        assertThat(TableMetadataParser.toJson(present)).isEqualTo(TableMetadataParser.toJson(read));
        assertThat(present.previousFiles()).hasSize(1);
    }

    @Test
    void writesMetadataCompressedWhereATableWantsIt() {
        Table table = at.create(ORDERS);
        table.updateProperties().set("write.metadata.compression-codec", "gzip").commit();

        String location = ((BaseTable) table).operations().current().metadataFileLocation();

        assertThat(location).endsWith(".gz.metadata.json");
        assertThat(TableMetadataParser.read(at.files.files(), location).uuid())
                .isEqualTo(table.uuid().toString());
        assertThat(new MetadataFiles(at.files.files()).read(location).uuid())
                .isEqualTo(table.uuid().toString());
    }

    @Test
    void metadataFilesAreKeptFew() {
        Table table = at.create(ORDERS);

        IntStream.range(0, 70)
                .forEach(i -> table.newFastAppend()
                        .appendFile(dataFile(table, "f" + i))
                        .commit());

        assertThat(at.metadataFiles(table.location())).hasSize(61);
        assertThat(table.snapshots()).hasSize(70);
    }

    @Test
    void aCommitThatWasOvertakenIsMadeOnWhatIsThereNow() throws Exception {
        // As many tries as it takes: with Iceberg's four a writer can be overtaken once too often.
        at.catalog
                .buildTable(ORDERS, SCHEMA)
                .withProperty("commit.retry.num-retries", "100")
                .withProperty("commit.retry.min-wait-ms", "1")
                .create();
        List<Table> writers = IntStream.range(0, 4)
                .mapToObj(i -> at.catalog.loadTable(ORDERS))
                .toList();

        try (ExecutorService threads = Executors.newFixedThreadPool(writers.size())) {
            List<Future<?>> done = IntStream.range(0, writers.size())
                    .<Future<?>>mapToObj(writer -> threads.submit(() -> {
                        Table table = writers.get(writer);
                        for (int i = 0; i < 5; i++) {
                            table.newFastAppend()
                                    .appendFile(dataFile(table, writer + "-" + i))
                                    .commit();
                        }
                    }))
                    .toList();
            for (Future<?> writer : done) {
                writer.get();
            }
        }

        Snapshot last = at.catalog.loadTable(ORDERS).currentSnapshot();
        assertThat(last.summary()).containsEntry("total-records", "200");
        assertThat(at.metadataFiles(at.catalog.loadTable(ORDERS).location())).hasSize(21);
    }

    @Test
    void aCommitWhoseAnswerWasLostIsFoundToBeMade() {
        at.create(ORDERS);
        FailingTables failing = new FailingTables(at.metadata.tables());
        Table table = at.over(failing).loadTable(ORDERS);
        failing.loseAnswers(1, () -> {});

        table.newFastAppend().appendFile(dataFile(table, "a")).commit();

        assertThat(failing.commits).isEqualTo(2);
        assertThat(at.catalog.loadTable(ORDERS).snapshots()).hasSize(1);
    }

    @Test
    void aCommitWhoseAnswerWasLostIsFoundInTheHistory() {
        Table other = at.create(ORDERS);
        FailingTables failing = new FailingTables(at.metadata.tables());
        Table table = at.over(failing).loadTable(ORDERS);
        failing.loseAnswers(1, () -> {
            other.refresh();
            other.newFastAppend().appendFile(dataFile(other, "b")).commit();
        });

        table.newFastAppend().appendFile(dataFile(table, "a")).commit();

        assertThat(failing.commits).isEqualTo(2);
        assertThat(at.catalog.loadTable(ORDERS).snapshots()).hasSize(2);
    }

    @Test
    void aCreationWhoseAnswerWasLostIsNotTakenBackWhenTheTableHasAnotherName() {
        FailingTables failing = new FailingTables(at.metadata.tables());
        TableIdentifier renamed = TableIdentifier.of(NAMESPACE, "sales");
        failing.loseAnswers(1, () -> at.catalog.renameTable(ORDERS, renamed));

        assertThatThrownBy(() -> at.over(failing).createTable(ORDERS, SCHEMA))
                .isInstanceOf(CommitStateUnknownException.class);

        assertThat(at.metadataFiles(at.catalog.loadTable(renamed).location())).hasSize(1);
    }

    @Test
    void aCommitThatWasNotMadeTheFirstTimeIsMadeTheNext() {
        at.create(ORDERS);
        FailingTables failing = new FailingTables(at.metadata.tables());
        Table table = at.over(failing).loadTable(ORDERS);
        failing.failCommits(2);

        table.newFastAppend().appendFile(dataFile(table, "a")).commit();

        assertThat(at.catalog.loadTable(ORDERS).snapshots()).hasSize(1);
    }

    @Test
    void filesOfACommitWhoseOutcomeIsUnknownStay() {
        Table made = at.create(ORDERS);
        FailingTables failing = new FailingTables(at.metadata.tables());
        Table table = at.over(failing).loadTable(ORDERS);
        failing.failCommits(3);

        assertThatThrownBy(() ->
                        table.newFastAppend().appendFile(dataFile(table, "a")).commit())
                .isInstanceOf(CommitStateUnknownException.class);

        assertThat(failing.commits).isEqualTo(3);
        assertThat(at.metadataFiles(made.location())).hasSize(2);
        assertThat(at.catalog.loadTable(ORDERS).snapshots()).isEmpty();
    }

    @Test
    void aCommitThatIsOvertakenAgainAndAgainFailsAndLeavesNoFiles() {
        Table other = at.create(ORDERS);
        other.updateProperties()
                .set("commit.retry.num-retries", "2")
                .set("commit.retry.min-wait-ms", "1")
                .commit();
        FailingTables failing = new FailingTables(at.metadata.tables());
        Table table = at.over(failing).loadTable(ORDERS);
        failing.beforeCommit(() -> {
            other.refresh();
            other.newFastAppend()
                    .appendFile(dataFile(other, "o" + failing.commits))
                    .commit();
        });

        assertThatThrownBy(() ->
                        table.newFastAppend().appendFile(dataFile(table, "a")).commit())
                .isInstanceOf(CommitFailedException.class);

        assertThat(failing.commits).isEqualTo(3);
        assertThat(at.metadataFiles(other.location())).hasSize(2 + 3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"topics", "dead_letters"})
    void refusesATableWhereTopicsTablesAre(String reserved) {
        TableIdentifier wanted = TableIdentifier.of(reserved, "mine");
        at.catalog.createNamespace(wanted.namespace(), Map.of());
        at.create(ORDERS);

        assertThatThrownBy(() -> at.create(wanted)).isInstanceOf(BadRequestException.class);
        assertThatThrownBy(() -> at.catalog.renameTable(ORDERS, wanted)).isInstanceOf(BadRequestException.class);
        assertThat(at.catalog.listTables(wanted.namespace())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3://elsewhere/default/shop/x",
                "s3://weir/default",
                "s3://weir/default/shop",
                "s3://weir/default/shop/../x",
                "s3://weir/default/shop//x",
                "s3://weir/other/shop/x",
                "file:/tmp/x",
                ""
            })
    void refusesALocationWhereNoTableMayLie(String location) {
        assertThatThrownBy(() -> at.catalog
                        .buildTable(ORDERS, SCHEMA)
                        .withLocation(location)
                        .create())
                .isInstanceOfAny(BadRequestException.class, IllegalArgumentException.class);

        assertThat(at.objects.objects()).isEmpty();
    }

    @Test
    void refusesALocationThatLeavesNoRoomForFiles() {
        String longest = "s3://weir/default/shop/" + "x".repeat(320 - "default/shop/".length());

        assertThatThrownBy(() -> at.catalog
                        .buildTable(ORDERS, SCHEMA)
                        .withLocation(longest + "x")
                        .create())
                .isInstanceOf(BadRequestException.class);
        assertThat(at.catalog
                        .buildTable(ORDERS, SCHEMA)
                        .withLocation(longest)
                        .create()
                        .location())
                .isEqualTo(longest);
    }

    @Test
    void refusesALocationThatOverlapsAnotherTables() {
        at.catalog
                .buildTable(ORDERS, SCHEMA)
                .withLocation("s3://weir/default/shop/a/b")
                .create();
        at.catalog.dropTable(ORDERS, true);

        for (String other : List.of("s3://weir/default/shop/a", "s3://weir/default/shop/a/b/c")) {
            assertThatThrownBy(() -> at.catalog
                            .buildTable(ORDERS, SCHEMA)
                            .withLocation(other)
                            .create())
                    .isInstanceOf(BadRequestException.class);
        }
    }

    @Test
    void refusesToMoveATable() {
        Table table = at.create(ORDERS);

        assertThatThrownBy(() -> table.updateLocation()
                        .setLocation("s3://weir/default/shop/other")
                        .commit())
                .isInstanceOf(BadRequestException.class);
        assertThatThrownBy(() -> table.updateProperties()
                        .set("write.data.path", "s3://weir/default/shop/other")
                        .commit())
                .isInstanceOf(BadRequestException.class);
    }

    @Test
    void registersATableWhoseFilesAreThere() {
        Table table = at.create(ORDERS);
        table.newAppend().appendFile(dataFile(table, "a")).commit();
        String file = ((BaseTable) table).operations().current().metadataFileLocation();
        assertThatThrownBy(() -> at.catalog.registerTable(TableIdentifier.of(NAMESPACE, "twin"), file))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("overlaps");
        assertThatThrownBy(() -> at.catalog.registerTable(ORDERS, file)).isInstanceOf(AlreadyExistsException.class);
        at.catalog.dropTable(ORDERS, false);

        Table back = at.catalog.registerTable(ORDERS, file);

        assertThat(back.snapshots()).hasSize(1);
        assertThat(at.metadata.image().tables().tables())
                .singleElement()
                .satisfies(pointer -> assertThat(pointer.metadataLocation()).isEqualTo(file));
    }

    @Test
    void refusesNamesThatNoTableCanHave() {
        TableIdentifier longest = TableIdentifier.of(NAMESPACE, "n".repeat(255));

        assertThat(at.create(longest).name()).contains("nnn");
        assertThatThrownBy(() -> at.create(TableIdentifier.of(NAMESPACE, "n".repeat(256))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> at.create(TableIdentifier.of("alone"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() ->
                        at.catalog.createNamespace(Namespace.of("1", "2", "3", "4", "5", "6", "7", "8", "9"), Map.of()))
                .isInstanceOf(BadRequestException.class);
    }
}
