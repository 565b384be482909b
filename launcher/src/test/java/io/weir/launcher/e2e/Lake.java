package io.weir.launcher.e2e;

import io.weir.lakehouse.storage.StorageConfig;
import io.weir.lakehouse.storage.Warehouse;
import io.weir.lakehouse.storage.WarehouseFiles;
import io.weir.objecttier.s3.S3Config;
import io.weir.objecttier.s3.S3ObjectStore;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.BaseSessionCatalog.AsCatalog;
import org.apache.iceberg.catalog.SessionCatalog.SessionContext;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.rest.HTTPClient;
import org.apache.iceberg.rest.RESTSessionCatalog;
import org.jspecify.annotations.Nullable;

/**
 * A server's tables through Iceberg's own client, which learns from the catalog where the files are. A server that was
 * started again has its files elsewhere, and needs another one.
 *
 * <p>Threading: one thread.
 */
final class Lake implements AutoCloseable {
    static final String TOPICS = "topics";
    static final String DEAD_LETTERS = "dead_letters";

    private final RESTSessionCatalog session;
    private final AsCatalog catalog;
    private final Path staging;
    private @Nullable S3ObjectStore store;

    Lake(URI admin, Path staging) {
        this.staging = staging;
        this.session = new RESTSessionCatalog(
                config -> HTTPClient.builder(config)
                        .uri(config.get(CatalogProperties.URI))
                        .build(),
                (context, properties) -> files(properties));
        Map<String, String> properties = new HashMap<>();
        properties.put(CatalogProperties.URI, admin + "/iceberg");
        session.initialize("weir", properties);
        this.catalog = (AsCatalog) session.asCatalog(SessionContext.createEmpty());
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

    AsCatalog catalog() {
        return catalog;
    }

    Optional<Table> table(String namespace, String name) {
        try {
            return Optional.of(catalog.loadTable(TableIdentifier.of(namespace, name)));
        } catch (NoSuchTableException absent) {
            return Optional.empty();
        }
    }

    /** The topic's table, which is there. */
    Table topic(String name) {
        return table(TOPICS, name).orElseThrow();
    }

    /** Gives out the rows of the present snapshot; none where there is no table. */
    void each(String namespace, String name, Consumer<Record> consumer) throws IOException {
        Optional<Table> table = table(namespace, name);
        if (table.isPresent()) {
            try (CloseableIterable<Record> rows =
                    IcebergGenerics.read(table.get()).build()) {
                rows.forEach(consumer);
            }
        }
    }

    List<Record> rows(String namespace, String name) throws IOException {
        List<Record> rows = new ArrayList<>();
        each(namespace, name, row -> rows.add(row.copy()));
        return rows;
    }

    /** How many rows the present snapshot says there are. */
    long count(String namespace, String name) {
        return table(namespace, name)
                .flatMap(table -> Optional.ofNullable(table.currentSnapshot()))
                .map(snapshot -> Long.parseLong(snapshot.summary().getOrDefault("total-records", "0")))
                .orElse(0L);
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
