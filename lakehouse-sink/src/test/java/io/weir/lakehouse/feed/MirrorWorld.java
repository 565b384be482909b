package io.weir.lakehouse.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.table.TableCommands;
import io.weir.contracts.table.TableImage;
import io.weir.contracts.table.TablePointer;
import io.weir.lakehouse.catalog.CatalogPorts;
import io.weir.lakehouse.catalog.MetadataFiles;
import io.weir.lakehouse.mirror.CatalogMirror;
import io.weir.lakehouse.mirror.MirrorConfig;
import io.weir.lakehouse.sample.FaultyDatabase;
import io.weir.lakehouse.sample.Fuse;
import io.weir.lakehouse.storage.StorageConfig;
import io.weir.lakehouse.storage.WarehouseFiles;
import java.io.Closeable;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.jdbc.JdbcCatalog;

/** A sink's world, and Iceberg's JDBC catalog in a database in memory that follows it. */
final class MirrorWorld implements Closeable {
    private static final String NAME = "lake";

    private final Path staging;
    private final JdbcCatalog reader;
    private final List<Runnable> open = new ArrayList<>();
    private Runnable afterConfirmation = () -> {};
    final SinkWorld sink;
    final FaultyDatabase database;

    MirrorWorld(Path staging, long seed) throws SQLException {
        this.staging = staging;
        this.sink = new SinkWorld(staging, seed);
        this.database = new FaultyDatabase();
        this.reader = catalog(sink.files());
    }

    /** The catalog as anybody reads it, by files of their own choice. */
    JdbcCatalog catalog(FileIO files) {
        JdbcCatalog catalog = new JdbcCatalog(properties -> files, null, true);
        catalog.initialize(NAME, Map.of("uri", database.soundUri(), "warehouse", "s3://weir"));
        open.add(catalog::close);
        return catalog;
    }

    /** A process that shows the tables begins. */
    CatalogMirror mirror(Fuse fuse) {
        return mirror(fuse, () -> sink.metadata.image().tables());
    }

    /** As {@link #mirror(Fuse)}, with a view of the tables of its own. */
    CatalogMirror mirror(Fuse fuse, Supplier<TableImage> image) {
        WarehouseFiles files =
                new WarehouseFiles(sink.warehouse, fuse.store(sink.store), StorageConfig.stagingIn(staging));
        CatalogMirror mirror = new CatalogMirror(
                MirrorConfig.of(NAME, Map.of("type", "jdbc", "uri", database.uri())),
                new CatalogPorts(
                        TenantId.DEFAULT,
                        image,
                        pausing(fuse.tables(sink.metadata.tables())),
                        new MetadataFiles(files)),
                () -> sink.nowMs);
        open.add(mirror::close);
        return mirror;
    }

    CatalogMirror mirror() {
        return mirror(new Fuse());
    }

    /** Something else happens right behind the next answer that confirms a pointer, once. */
    void afterConfirmation(Runnable action) {
        afterConfirmation = action;
    }

    private TableCommands pausing(TableCommands tables) {
        return (TableCommands) Proxy.newProxyInstance(
                TableCommands.class.getClassLoader(),
                new Class<?>[] {TableCommands.class},
                (proxy, method, arguments) -> {
                    Object answer = method.invoke(tables, arguments);
                    if (method.getName().equals("confirmed")) {
                        Runnable now = afterConfirmation;
                        afterConfirmation = () -> {};
                        now.run();
                    }
                    return answer;
                });
    }

    boolean shows(String namespace, String table) {
        return reader.tableExists(TableIdentifier.of(namespace, table));
    }

    Table shown(String namespace, String table) {
        return reader.loadTable(TableIdentifier.of(namespace, table));
    }

    String location(String namespace, String table) {
        return ((BaseTable) shown(namespace, table)).operations().current().metadataFileLocation();
    }

    List<Record> rows(String namespace, String table) {
        return SinkWorld.rows(shown(namespace, table));
    }

    /** Every table of a topic, and no other, is shown as it is. */
    void assertCurrent() {
        List<TableIdentifier> present = new ArrayList<>();
        for (TablePointer pointer : sink.metadata.image().tables().tables()) {
            if (pointer.topic() != null) {
                String namespace = pointer.name().namespace().getFirst();
                present.add(TableIdentifier.of(namespace, pointer.name().name()));
                assertThat(location(namespace, pointer.name().name())).isEqualTo(pointer.metadataLocation());
            }
        }
        List<TableIdentifier> shown = new ArrayList<>();
        reader.listNamespaces().forEach(namespace -> shown.addAll(reader.listTables(namespace)));
        assertThat(shown).containsExactlyInAnyOrderElementsOf(present);
    }

    @Override
    public void close() {
        database.away(false);
        open.forEach(Runnable::run);
        database.close();
    }
}
