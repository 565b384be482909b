package io.weir.lakehouse;

import io.weir.contracts.http.HttpResource;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.table.TableCommands;
import io.weir.lakehouse.catalog.CatalogPorts;
import io.weir.lakehouse.catalog.MetadataFiles;
import io.weir.lakehouse.catalog.PointerCatalog;
import io.weir.lakehouse.rest.CatalogResource;
import io.weir.lakehouse.storage.WarehouseFiles;

/**
 * The tables: their catalog.
 *
 * <p>Threading: any thread. Ownership: the ports belong to whoever opened them.
 */
public final class Lakehouse {
    private final CatalogResource resource;

    public Lakehouse(LakehouseConfig config, MetadataSource metadata, TableCommands tables, ObjectStore store) {
        MetadataFiles files = new MetadataFiles(new WarehouseFiles(config.warehouse(), store, config.storage()));
        PointerCatalog catalog = new PointerCatalog(
                new CatalogPorts(config.tenant(), () -> metadata.image().tables(), tables, files));
        this.resource = new CatalogResource(catalog, config.clients());
    }

    /** The catalog as SQL engines speak to it. */
    public HttpResource catalog() {
        return resource;
    }
}
