package io.weir.lakehouse.mirror;

import io.weir.lakehouse.storage.WarehouseFiles;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.BaseMetastoreTableOperations;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.NotFoundException;

/**
 * A catalog of somebody else's, whose tables' pointers are moved to metadata files that exist.
 *
 * <p>Threading: one thread at a time, that may block.
 */
final class OtherCatalog implements AutoCloseable {
    private final Catalog catalog;

    private OtherCatalog(Catalog catalog) {
        this.catalog = catalog;
    }

    static OtherCatalog open(MirrorConfig config, WarehouseFiles files) {
        Map<String, String> properties = new HashMap<>(config.properties());
        properties.putIfAbsent(
                CatalogProperties.WAREHOUSE_LOCATION, files.warehouse().root());
        properties.put(CatalogProperties.FILE_IO_IMPL, MirrorFiles.class.getName());
        return new OtherCatalog(ScopedValue.where(MirrorFiles.OPENING, files)
                .call(() -> CatalogUtil.buildIcebergCatalog(config.name(), properties, null)));
    }

    /** What the catalog has under a name. */
    sealed interface Entry {
        record Absent() implements Entry {}

        /** A table whose metadata file is in the table store. */
        record Present(BaseMetastoreTableOperations operations, MirrorFiles files) implements Entry {
            String location() {
                return operations.currentMetadataLocation();
            }
        }

        /** The metadata file was in the table store, and is gone. */
        record Dangling() implements Entry {}

        /** A table of somebody else's. */
        record Foreign() implements Entry {}
    }

    Entry at(TableIdentifier name) {
        try {
            if (catalog.loadTable(name) instanceof BaseTable table
                    && table.operations() instanceof BaseMetastoreTableOperations operations
                    && operations.io() instanceof MirrorFiles files) {
                return new Entry.Present(operations, files);
            }
            throw new UnsupportedOperationException(
                    "A catalog like " + catalog.name() + " cannot show tables whose metadata another one writes");
        } catch (NoSuchTableException none) {
            return new Entry.Absent();
        } catch (MirrorFiles.ElsewhereException foreign) {
            return new Entry.Foreign();
        } catch (NotFoundException gone) {
            return new Entry.Dangling();
        }
    }

    /**
     * Makes the name show a metadata file, if it still has what was found there.
     *
     * @param metadata with a location, which is where they are
     * @throws CommitFailedException when it has something else by now
     */
    void show(TableIdentifier name, Entry found, TableMetadata metadata) {
        switch (found) {
            case Entry.Absent() -> {
                createNamespace(name.namespace());
                catalog.registerTable(name, metadata.metadataFileLocation());
            }
            case Entry.Present(BaseMetastoreTableOperations operations, MirrorFiles files) -> {
                files.point(metadata.metadataFileLocation());
                operations.commit(operations.current(), metadata);
            }
            case Entry.Dangling() -> {
                catalog.dropTable(name, false);
                throw new CommitFailedException("What %s was is gone: it is shown anew", name);
            }
            case Entry.Foreign() ->
                throw new CommitFailedException("The table %s is somebody else's, and is left alone", name);
        }
    }

    private void createNamespace(Namespace namespace) {
        if (!(catalog instanceof SupportsNamespaces namespaces)) {
            return;
        }
        for (int length = 1; length <= namespace.length(); length++) {
            Namespace level =
                    Namespace.of(List.of(namespace.levels()).subList(0, length).toArray(String[]::new));
            if (!namespaces.namespaceExists(level)) {
                try {
                    namespaces.createNamespace(level);
                } catch (AlreadyExistsException meanwhile) {
                    if (!namespaces.namespaceExists(level)) {
                        throw meanwhile;
                    }
                }
            }
        }
    }

    /** Every table of a namespace. */
    List<TableIdentifier> tables(Namespace namespace) {
        try {
            return catalog.listTables(namespace);
        } catch (NoSuchNamespaceException none) {
            return List.of();
        }
    }

    /** Takes the name out; the files stay. */
    void hide(TableIdentifier name) {
        catalog.dropTable(name, false);
    }

    @Override
    public void close() {
        if (catalog instanceof Closeable closeable) {
            try {
                closeable.close();
            } catch (IOException failure) {
                throw new UncheckedIOException("Cannot close the catalog " + catalog.name(), failure);
            }
        }
    }
}
