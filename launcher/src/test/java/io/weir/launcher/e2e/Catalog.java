package io.weir.launcher.e2e;

import io.weir.lakehouse.storage.StorageConfig;
import io.weir.lakehouse.storage.Warehouse;
import io.weir.lakehouse.storage.WarehouseFiles;
import io.weir.objecttier.s3.S3Config;
import io.weir.objecttier.s3.S3ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.BaseSessionCatalog.AsCatalog;
import org.apache.iceberg.catalog.SessionCatalog.SessionContext;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.rest.HTTPClient;
import org.apache.iceberg.rest.RESTSessionCatalog;
import org.jspecify.annotations.Nullable;

/** A server's tables through Iceberg's own client, which learns from the catalog where the files are. */
final class Catalog implements AutoCloseable {
    private final RESTSessionCatalog session;
    private final AsCatalog tables;
    private final Path staging;
    private @Nullable S3ObjectStore store;

    Catalog(URI admin, Path staging) {
        this.staging = staging;
        this.session = new RESTSessionCatalog(
                config -> HTTPClient.builder(config)
                        .uri(config.get(CatalogProperties.URI))
                        .build(),
                (context, properties) -> files(properties));
        Map<String, String> properties = new HashMap<>();
        properties.put(CatalogProperties.URI, admin + "/iceberg");
        session.initialize("weir", properties);
        this.tables = (AsCatalog) session.asCatalog(SessionContext.createEmpty());
    }

    /** Over S3, as the catalog says. */
    private FileIO files(Map<String, String> settings) {
        S3ObjectStore opened = store;
        if (opened == null) {
            System.setProperty("aws.accessKeyId", settings.getOrDefault("s3.access-key-id", ""));
            System.setProperty("aws.secretAccessKey", settings.getOrDefault("s3.secret-access-key", ""));
            opened = new S3ObjectStore(new S3Config(
                    "weir",
                    "",
                    Optional.of(URI.create(settings.getOrDefault("s3.endpoint", ""))),
                    settings.getOrDefault("client.region", ""),
                    Boolean.parseBoolean(settings.get("s3.path-style-access"))));
            store = opened;
        }
        return new WarehouseFiles(Warehouse.of("weir", ""), opened, StorageConfig.stagingIn(staging));
    }

    AsCatalog tables() {
        return tables;
    }

    /** How many rows there are now; 0 when there is no such table. */
    long rows(TableIdentifier name) {
        if (!tables.tableExists(name)) {
            return 0;
        }
        Table table = tables.loadTable(name);
        long rows = 0;
        try (CloseableIterable<Record> records = IcebergGenerics.read(table).build()) {
            for (Record record : records) {
                rows += record.size() > 0 ? 1 : 0;
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return rows;
    }

    @Override
    public void close() throws IOException {
        session.close();
        if (store != null) {
            store.close();
        }
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
    }
}
