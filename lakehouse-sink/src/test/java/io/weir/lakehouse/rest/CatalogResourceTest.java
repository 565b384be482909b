package io.weir.lakehouse.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.identity.TenantId;
import io.weir.lakehouse.catalog.CatalogPorts;
import io.weir.lakehouse.catalog.MetadataFiles;
import io.weir.lakehouse.catalog.PointerCatalog;
import io.weir.lakehouse.storage.StorageConfig;
import io.weir.lakehouse.storage.Warehouse;
import io.weir.lakehouse.storage.WarehouseFiles;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.testsupport.object.MemoryObjectStore;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.catalog.BaseSessionCatalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SessionCatalog.SessionContext;
import org.apache.iceberg.catalog.TableCommit;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NamespaceNotEmptyException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.rest.HTTPClient;
import org.apache.iceberg.rest.RESTSessionCatalog;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogResourceTest {
    private static final Schema SCHEMA = new Schema(
            Types.NestedField.required(1, "id", Types.LongType.get()),
            Types.NestedField.optional(2, "name", Types.StringType.get()));
    private static final Namespace SHOP = Namespace.of("shop");
    private static final TableIdentifier ORDERS = TableIdentifier.of(SHOP, "orders");
    private static final TableIdentifier STOCK = TableIdentifier.of(SHOP, "stock");

    private final MemoryMetadata metadata = new MemoryMetadata();
    private final MemoryObjectStore objects = new MemoryObjectStore();
    private final List<Map<String, String>> fileSettings = new ArrayList<>();

    @SuppressWarnings("NullAway.Init")
    private ResourceServer server;

    @SuppressWarnings("NullAway.Init")
    private RESTSessionCatalog session;

    @SuppressWarnings("NullAway.Init")
    private BaseSessionCatalog.AsCatalog catalog;

    @BeforeEach
    void start(@TempDir Path staging) throws Exception {
        WarehouseFiles files = new WarehouseFiles(Warehouse.of("weir", ""), objects, StorageConfig.stagingIn(staging));
        PointerCatalog pointers = new PointerCatalog(new CatalogPorts(
                TenantId.DEFAULT, () -> metadata.image().tables(), metadata.tables(), new MetadataFiles(files)));
        ClientSettings settings = new ClientSettings(
                Optional.of(URI.create("http://127.0.0.1:8333")),
                "us-east-1",
                true,
                Optional.of(new ClientSettings.AccessKeys("weir", "not-a-secret")));
        server = new ResourceServer(new CatalogResource(pointers, settings));
        session = new RESTSessionCatalog(
                config -> HTTPClient.builder(config).uri(config.get("uri")).build(), (context, properties) -> {
                    fileSettings.add(properties);
                    return files;
                });
        session.initialize("weir", map("uri", server.uri().toString(), "rest-page-size", "3"));
        catalog = (BaseSessionCatalog.AsCatalog) session.asCatalog(SessionContext.createEmpty());
        catalog.createNamespace(SHOP, map("owner", "ann"));
    }

    @AfterEach
    void stop() throws Exception {
        session.close();
        server.close();
    }

    /** A map that can be asked whether there is a null in it, as Iceberg's client does. */
    private static Map<String, String> map(String... pairs) {
        Map<String, String> map = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], pairs[i + 1]);
        }
        return map;
    }

    private static DataFile dataFile(Table table, String name) {
        return DataFiles.builder(table.spec())
                .withPath(table.location() + "/data/" + name + ".parquet")
                .withFormat(FileFormat.PARQUET)
                .withFileSizeInBytes(100)
                .withRecordCount(10)
                .build();
    }

    @Test
    void keepsNamespaces() {
        Namespace inner = Namespace.of("shop", "größe/1 +%2F");
        catalog.createNamespace(inner, map());

        catalog.setProperties(inner, map("a", "1", "b", "2"));
        catalog.removeProperties(inner, new HashSet<>(Set.of("a")));

        assertThat(catalog.listNamespaces(Namespace.empty())).containsExactly(SHOP);
        assertThat(catalog.listNamespaces(SHOP)).containsExactly(inner);
        assertThat(catalog.loadNamespaceMetadata(inner)).isEqualTo(Map.of("b", "2"));
        assertThat(catalog.namespaceExists(inner)).isTrue();
        assertThatThrownBy(() -> catalog.createNamespace(SHOP, map())).isInstanceOf(AlreadyExistsException.class);
        assertThatThrownBy(() -> catalog.dropNamespace(SHOP)).isInstanceOf(NamespaceNotEmptyException.class);
        assertThat(catalog.dropNamespace(inner)).isTrue();
        assertThat(catalog.dropNamespace(inner)).isFalse();
        assertThat(catalog.namespaceExists(inner)).isFalse();
        assertThatThrownBy(() -> catalog.loadNamespaceMetadata(inner)).isInstanceOf(NoSuchNamespaceException.class);
    }

    @Test
    void keepsTables() {
        Table made = catalog.buildTable(ORDERS, SCHEMA)
                .withPartitionSpec(
                        PartitionSpec.builderFor(SCHEMA).bucket("id", 4).build())
                .withProperty("p", "1")
                .create();

        made.updateSchema().addColumn("price", Types.DoubleType.get()).commit();
        made.newAppend().appendFile(partitioned(made)).commit();
        catalog.renameTable(ORDERS, STOCK);

        Table loaded = catalog.loadTable(STOCK);
        assertThat(loaded.uuid()).isEqualTo(made.uuid());
        assertThat(loaded.location()).startsWith("s3://weir/default/shop/orders-");
        assertThat(loaded.schema().findField("price")).isNotNull();
        assertThat(loaded.currentSnapshot().summary()).containsEntry("total-records", "10");
        assertThat(loaded.properties())
                .containsEntry("p", "1")
                .containsEntry("write.metadata.delete-after-commit.enabled", "true");
        assertThat(catalog.tableExists(ORDERS)).isFalse();
        assertThat(catalog.tableExists(STOCK)).isTrue();
        assertThatThrownBy(() -> catalog.createTable(STOCK, SCHEMA)).isInstanceOf(AlreadyExistsException.class);
        assertThat(catalog.dropTable(STOCK, true)).isTrue();
        assertThat(catalog.dropTable(STOCK, true)).isFalse();
        assertThat(metadata.image().tables().dropped()).hasSize(1);
        assertThatThrownBy(() -> catalog.loadTable(STOCK)).isInstanceOf(NoSuchTableException.class);
        assertThatThrownBy(() -> catalog.createTable(TableIdentifier.of("nowhere", "t"), SCHEMA))
                .isInstanceOf(NoSuchNamespaceException.class);
    }

    private static DataFile partitioned(Table table) {
        return DataFiles.builder(table.spec())
                .withPath(table.location() + "/data/a.parquet")
                .withPartitionPath("id_bucket=1")
                .withFileSizeInBytes(100)
                .withRecordCount(10)
                .build();
    }

    @Test
    void listsPageByPage() {
        Set<TableIdentifier> made = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            made.add(TableIdentifier.of(SHOP, "t" + i));
            catalog.createTable(TableIdentifier.of(SHOP, "t" + i), SCHEMA);
            catalog.createNamespace(Namespace.of("n" + i), map());
        }

        assertThat(catalog.listTables(SHOP)).containsExactlyInAnyOrderElementsOf(made);
        assertThat(catalog.listNamespaces(Namespace.empty())).hasSize(11);
    }

    @Test
    void clientsLearnHowFilesAreReached() {
        catalog.createTable(ORDERS, SCHEMA);

        catalog.loadTable(ORDERS);

        assertThat(fileSettings)
                .allSatisfy(properties -> assertThat(properties)
                        .containsEntry("s3.endpoint", "http://127.0.0.1:8333")
                        .containsEntry("s3.path-style-access", "true")
                        .containsEntry("s3.access-key-id", "weir")
                        .containsEntry("s3.secret-access-key", "not-a-secret")
                        .containsEntry("client.region", "us-east-1"));
        assertThat(fileSettings).hasSizeGreaterThanOrEqualTo(1);
    }

    @Test
    void createsATableWithItsFirstRowsInOneStep() {
        Transaction transaction = catalog.newCreateTableTransaction(ORDERS, SCHEMA);
        Table draft = transaction.table();
        transaction.newAppend().appendFile(dataFile(draft, "a")).commit();
        assertThat(catalog.tableExists(ORDERS)).isFalse();

        transaction.commitTransaction();

        assertThat(catalog.loadTable(ORDERS).currentSnapshot().summary()).containsEntry("total-records", "10");
        assertThatThrownBy(() -> catalog.newCreateTableTransaction(ORDERS, SCHEMA))
                .isInstanceOf(AlreadyExistsException.class);
    }

    @Test
    void replacesATable() {
        Table before = catalog.createTable(ORDERS, SCHEMA);
        before.newAppend().appendFile(dataFile(before, "a")).commit();
        Schema other = new Schema(Types.NestedField.required(1, "other", Types.StringType.get()));

        catalog.newReplaceTableTransaction(ORDERS, other, false).commitTransaction();

        Table after = catalog.loadTable(ORDERS);
        assertThat(after.schema().findField("other")).isNotNull();
        assertThat(after.currentSnapshot()).isNull();
        assertThat(after.uuid()).isEqualTo(before.uuid());
    }

    @Test
    void commitsSeveralTablesOrNone() {
        Table orders = catalog.createTable(ORDERS, SCHEMA);
        Table stock = catalog.createTable(STOCK, SCHEMA);
        TableCommit stale = append(STOCK, stock, "c");

        session.commitTransaction(
                SessionContext.createEmpty(), List.of(append(ORDERS, orders, "a"), append(STOCK, stock, "b")));

        assertThat(catalog.loadTable(ORDERS).snapshots()).hasSize(1);
        assertThat(catalog.loadTable(STOCK).snapshots()).hasSize(1);

        TableCommit fresh = append(ORDERS, catalog.loadTable(ORDERS), "d");
        assertThatThrownBy(() -> session.commitTransaction(SessionContext.createEmpty(), List.of(fresh, stale)))
                .isInstanceOf(CommitFailedException.class);

        assertThat(catalog.loadTable(ORDERS).snapshots()).hasSize(1);
        assertThat(catalog.loadTable(STOCK).snapshots()).hasSize(1);
    }

    private static TableCommit append(TableIdentifier identifier, Table table, String file) {
        Transaction transaction = table.newTransaction();
        transaction.newAppend().appendFile(dataFile(table, file)).commit();
        return TableCommit.create(
                identifier,
                ((BaseTable) table).operations().current(),
                ((HasTableOperations) transaction.table()).operations().current());
    }

    @Test
    void aConflictIsToldAsOne() {
        Table one = catalog.createTable(ORDERS, SCHEMA);
        Table other = catalog.loadTable(ORDERS);
        one.updateSchema().addColumn("a", Types.LongType.get()).commit();

        assertThatThrownBy(() -> other.updateSchema()
                        .addColumn("b", Types.LongType.get())
                        .commit())
                .isInstanceOf(CommitFailedException.class);
    }

    @Test
    void anAppendThatWasOvertakenIsMadeAgainByTheClient() {
        Table one = catalog.createTable(ORDERS, SCHEMA);
        Table other = catalog.loadTable(ORDERS);
        one.newAppend().appendFile(dataFile(one, "a")).commit();

        other.newAppend().appendFile(dataFile(other, "b")).commit();

        assertThat(catalog.loadTable(ORDERS).currentSnapshot().summary()).containsEntry("total-records", "20");
    }

    @Test
    void anAppendWhoseAnswerWasLostIsMadeOnce() {
        Table table = catalog.createTable(ORDERS, SCHEMA);
        server.loseNextAnswer();

        table.newAppend().appendFile(dataFile(table, "a")).commit();

        assertThat(catalog.loadTable(ORDERS).snapshots()).hasSize(1);
        assertThat(catalog.loadTable(ORDERS).currentSnapshot().summary()).containsEntry("total-records", "10");
    }

    @Test
    void registersATableThatWasDropped() {
        Table table = catalog.createTable(ORDERS, SCHEMA);
        String file = ((BaseTable) table).operations().current().metadataFileLocation();
        catalog.dropTable(ORDERS, false);

        Table back = catalog.registerTable(STOCK, file);

        assertThat(back.uuid()).isEqualTo(table.uuid());
        assertThatThrownBy(() -> catalog.registerTable(ORDERS, "s3://weir/default/shop/none/metadata/x.metadata.json"))
                .isInstanceOf(org.apache.iceberg.exceptions.NotFoundException.class);
        assertThatThrownBy(() -> catalog.registerTable(ORDERS, "s3://elsewhere/x.metadata.json"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesNamesThatAreTooLong() {
        String longest = "ü".repeat(255);
        catalog.createTable(TableIdentifier.of(SHOP, longest), SCHEMA);

        assertThat(catalog.tableExists(TableIdentifier.of(SHOP, longest))).isTrue();
        assertThatThrownBy(() -> catalog.createTable(TableIdentifier.of(SHOP, longest + "ü"), SCHEMA))
                .isInstanceOf(BadRequestException.class);
        assertThatThrownBy(() -> catalog.createNamespace(
                        Namespace.of(IntStream.rangeClosed(0, 8)
                                .mapToObj(i -> "n" + i)
                                .toArray(String[]::new)),
                        map()))
                .isInstanceOf(BadRequestException.class);
    }
}
