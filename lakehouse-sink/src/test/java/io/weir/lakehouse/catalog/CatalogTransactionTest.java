package io.weir.lakehouse.catalog;

import static io.weir.lakehouse.catalog.CatalogFixture.NAMESPACE;
import static io.weir.lakehouse.catalog.CatalogFixture.ORDERS;
import static io.weir.lakehouse.catalog.CatalogFixture.SCHEMA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.table.TableCommands;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.iceberg.MetadataUpdate;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.UpdateRequirement;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogTransactionTest {
    private static final TableIdentifier STOCK = TableIdentifier.of(NAMESPACE, "stock");

    @SuppressWarnings("NullAway.Init")
    private CatalogFixture at;

    @BeforeEach
    void open(@TempDir Path staging) {
        at = new CatalogFixture(staging);
    }

    private static CatalogTransaction.Change set(TableIdentifier table, String value, UpdateRequirement... required) {
        return new CatalogTransaction.Change(
                table, List.of(required), List.of(new MetadataUpdate.SetProperties(Map.of("p", value))));
    }

    private static CatalogTransaction.Change create(TableIdentifier table) {
        return new CatalogTransaction.Change(
                table,
                List.of(new UpdateRequirement.AssertTableDoesNotExist()),
                List.of(
                        new MetadataUpdate.AssignUUID(UUID.randomUUID().toString()),
                        new MetadataUpdate.UpgradeFormatVersion(2),
                        new MetadataUpdate.AddSchema(SCHEMA),
                        new MetadataUpdate.SetCurrentSchema(-1),
                        new MetadataUpdate.AddPartitionSpec(PartitionSpec.unpartitioned()),
                        new MetadataUpdate.SetDefaultPartitionSpec(-1),
                        new MetadataUpdate.AddSortOrder(SortOrder.unsorted()),
                        new MetadataUpdate.SetDefaultSortOrder(-1),
                        new MetadataUpdate.SetLocation("s3://weir/default/shop/" + table.name())));
    }

    private String property(TableIdentifier table) {
        return at.catalog.loadTable(table).properties().getOrDefault("p", "");
    }

    @Test
    void changesSeveralTablesAndCreatesAnotherInOneCommit() {
        at.create(ORDERS);
        FailingTables counted = new FailingTables(at.metadata.tables());

        List<TableMetadata> after =
                new CatalogTransaction(at.over(counted)).commit(List.of(set(ORDERS, "1"), create(STOCK)));

        assertThat(counted.commits).isEqualTo(1);
        assertThat(property(ORDERS)).isEqualTo("1");
        assertThat(at.catalog.loadTable(STOCK).schema().sameSchema(SCHEMA)).isTrue();
        assertThat(after).extracting(TableMetadata::metadataFileLocation).doesNotContainNull();
    }

    @Test
    void changesNothingWhenOneRequirementDoesNotHold() {
        Table orders = at.create(ORDERS);
        Table stock = at.create(STOCK);
        UpdateRequirement unmet =
                new UpdateRequirement.AssertTableUUID(UUID.randomUUID().toString());

        assertThatThrownBy(() ->
                        new CatalogTransaction(at.catalog).commit(List.of(set(ORDERS, "1"), set(STOCK, "1", unmet))))
                .isInstanceOf(CommitFailedException.class);

        assertThat(property(ORDERS)).isEmpty();
        assertThat(at.metadataFiles(orders.location())).hasSize(1);
        assertThat(at.metadataFiles(stock.location())).hasSize(1);
    }

    @Test
    void isTriedAgainOnWhatIsThereNowWhenItWasOvertaken() {
        Table orders = at.create(ORDERS);
        Table stock = at.create(STOCK);
        FailingTables failing = new FailingTables(at.metadata.tables());
        failing.beforeCommit(() -> {
            if (failing.commits <= 2) {
                stock.updateProperties().set("other", failing.commits + "").commit();
            }
        });

        new CatalogTransaction(at.over(failing)).commit(List.of(set(ORDERS, "1"), set(STOCK, "1")));

        assertThat(failing.commits).isEqualTo(3);
        assertThat(property(ORDERS)).isEqualTo("1");
        assertThat(at.catalog.loadTable(STOCK).properties())
                .containsEntry("p", "1")
                .containsEntry("other", "2");
        assertThat(at.metadataFiles(orders.location())).hasSize(2);
        assertThat(at.metadataFiles(stock.location())).hasSize(4);
    }

    @Test
    void givesUpWhenOthersAreFasterAllTheTime() {
        Table stock = at.create(STOCK);
        FailingTables failing = new FailingTables(at.metadata.tables());
        failing.beforeCommit(() ->
                stock.updateProperties().set("other", failing.commits + "").commit());

        assertThatThrownBy(() -> new CatalogTransaction(at.over(failing)).commit(List.of(set(STOCK, "1"))))
                .isInstanceOf(CommitFailedException.class);

        assertThat(failing.commits).isEqualTo(5);
        assertThat(at.metadataFiles(stock.location())).hasSize(6);
    }

    @Test
    void leavesItsFilesWhenTheOutcomeIsUnknown() {
        Table stock = at.create(STOCK);
        FailingTables failing = new FailingTables(at.metadata.tables());
        failing.failCommits(3);

        assertThatThrownBy(() -> new CatalogTransaction(at.over(failing)).commit(List.of(set(STOCK, "1"))))
                .isInstanceOf(CommitStateUnknownException.class);

        assertThat(at.metadataFiles(stock.location())).hasSize(2);
    }

    @Test
    void whatChangesNothingIsNotCommitted() {
        at.create(ORDERS);
        FailingTables counted = new FailingTables(at.metadata.tables());
        CatalogTransaction.Change nothing = new CatalogTransaction.Change(ORDERS, List.of(), List.of());

        List<TableMetadata> after = new CatalogTransaction(at.over(counted)).commit(List.of(nothing));

        assertThat(counted.commits).isZero();
        assertThat(after).hasSize(1);
    }

    @Test
    void refusesATableThatIsNotThereOrIsThereAlready() {
        at.create(ORDERS);
        CatalogTransaction transaction = new CatalogTransaction(at.catalog);

        assertThatThrownBy(() -> transaction.commit(List.of(set(STOCK, "1")))).isInstanceOf(NoSuchTableException.class);
        assertThatThrownBy(() -> transaction.commit(List.of(create(ORDERS))))
                .isInstanceOf(AlreadyExistsException.class);
    }

    @Test
    void refusesNoneTooManyAndTheSameTwice() {
        CatalogTransaction transaction = new CatalogTransaction(at.catalog);
        List<CatalogTransaction.Change> most = IntStream.range(0, TableCommands.MAX_CHANGES)
                .mapToObj(i -> create(TableIdentifier.of(NAMESPACE, "t" + i)))
                .toList();
        List<CatalogTransaction.Change> tooMany = IntStream.rangeClosed(0, TableCommands.MAX_CHANGES)
                .mapToObj(i -> create(TableIdentifier.of(NAMESPACE, "u" + i)))
                .toList();

        assertThat(transaction.commit(most)).hasSize(TableCommands.MAX_CHANGES);
        assertThatThrownBy(() -> transaction.commit(tooMany)).isInstanceOf(BadRequestException.class);
        assertThatThrownBy(() -> transaction.commit(List.of())).isInstanceOf(BadRequestException.class);
        assertThatThrownBy(() -> transaction.commit(List.of(set(ORDERS, "1"), set(ORDERS, "2"))))
                .isInstanceOf(BadRequestException.class);
    }

    @Test
    void refusesUpdatesThatCannotBeApplied() {
        at.create(ORDERS);
        CatalogTransaction.Change senseless =
                new CatalogTransaction.Change(ORDERS, List.of(), List.of(new MetadataUpdate.SetCurrentSchema(77)));

        assertThatThrownBy(() -> new CatalogTransaction(at.catalog).commit(List.of(senseless)))
                .isInstanceOf(BadRequestException.class);
    }
}
