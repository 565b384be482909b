package io.weir.lakehouse.catalog;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.table.TableCommands;
import io.weir.lakehouse.storage.StorageConfig;
import io.weir.lakehouse.storage.Warehouse;
import io.weir.lakehouse.storage.WarehouseFiles;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.testsupport.object.MemoryObjectStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Types;

/** A catalog over metadata and objects in memory, with one namespace. */
final class CatalogFixture {
    static final Namespace NAMESPACE = Namespace.of("shop");
    static final TableIdentifier ORDERS = TableIdentifier.of(NAMESPACE, "orders");
    static final Schema SCHEMA = new Schema(
            Types.NestedField.required(1, "id", Types.LongType.get()),
            Types.NestedField.optional(2, "name", Types.StringType.get()));

    final MemoryMetadata metadata = new MemoryMetadata();
    final MemoryObjectStore objects = new MemoryObjectStore();
    final MetadataFiles files;
    final PointerCatalog catalog;

    CatalogFixture(Path staging) {
        this.files = new MetadataFiles(
                new WarehouseFiles(Warehouse.of("weir", ""), objects, StorageConfig.stagingIn(staging)));
        this.catalog = over(metadata.tables());
        catalog.createNamespace(NAMESPACE, Map.of());
    }

    /** Another catalog of the same tables, with commands that fail as a test wants. */
    PointerCatalog over(TableCommands commands) {
        return new PointerCatalog(
                new CatalogPorts(TenantId.DEFAULT, () -> metadata.image().tables(), commands, files));
    }

    Table create(TableIdentifier identifier) {
        return catalog.createTable(identifier, SCHEMA);
    }

    /** The metadata files of a table that are there, whether it lists them or not. */
    List<String> metadataFiles(String location) {
        return objects.objects().stream()
                .map(ObjectKey::value)
                .map(key -> "s3://weir/" + key)
                .filter(file -> file.startsWith(location + "/") && file.endsWith(".metadata.json"))
                .toList();
    }

    static DataFile dataFile(Table table, String name) {
        return DataFiles.builder(table.spec())
                .withPath(table.location() + "/data/" + name + ".parquet")
                .withFormat(FileFormat.PARQUET)
                .withFileSizeInBytes(100)
                .withRecordCount(10)
                .build();
    }
}
