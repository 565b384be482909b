package io.weir.lakehouse;

import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.http.HttpResource;
import io.weir.lakehouse.catalog.CatalogPorts;
import io.weir.lakehouse.catalog.MetadataFiles;
import io.weir.lakehouse.catalog.PointerCatalog;
import io.weir.lakehouse.columns.RegisteredSchemas;
import io.weir.lakehouse.feed.FeedPorts;
import io.weir.lakehouse.feed.TableFeeds;
import io.weir.lakehouse.maintenance.TableMaintenance;
import io.weir.lakehouse.maintenance.TablesResource;
import io.weir.lakehouse.mirror.CatalogMirror;
import io.weir.lakehouse.rest.CatalogResource;
import io.weir.lakehouse.storage.WarehouseFiles;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The tables: their catalog, what makes topics into them, what looks after them, and what shows them elsewhere.
 *
 * <p>Threading: any thread; {@link #close} blocks for a few seconds at most. Ownership: the ports belong to whoever
 * opened them, and are closed after this.
 */
public final class Lakehouse implements AutoCloseable {
    private final List<HttpResource> resources;
    private final TableFeeds feeds;
    private final TableMaintenance maintenance;
    private final Optional<CatalogMirror> mirror;
    private final MeterRegistry meters;

    /** Nothing happens to the tables before it is started. */
    public Lakehouse(LakehouseConfig config, LakehousePorts ports, MeterRegistry meters) {
        WarehouseFiles files = new WarehouseFiles(config.warehouse(), ports.store(), config.storage());
        MetadataFiles metadataFiles = new MetadataFiles(files);
        CatalogPorts catalogPorts = new CatalogPorts(
                config.tenant(), () -> ports.metadata().image().tables(), ports.tables(), metadataFiles);
        PointerCatalog catalog = new PointerCatalog(catalogPorts);
        LongSupplier monotonicMs = () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        this.meters = meters;
        this.feeds = new TableFeeds(
                feedPorts(ports, metadataFiles), config.feed(), config.node(), monotonicMs, UUID::randomUUID, meters);
        this.maintenance = new TableMaintenance(
                config.maintenance(),
                new TableMaintenance.Ports(config.tenant(), catalog, ports.metadata(), files, InstantSource.system()));
        this.mirror = config.mirror().map(other -> new CatalogMirror(other, catalogPorts, monotonicMs));
        this.resources = List.of(new CatalogResource(catalog, config.clients()), new TablesResource(maintenance));
    }

    private static FeedPorts feedPorts(LakehousePorts ports, MetadataFiles metadataFiles) {
        return new FeedPorts(
                ports.metadata(),
                ports.tables(),
                ports.streams(),
                ports.decoder(),
                metadataFiles,
                tenant -> new RegisteredSchemas(
                        tenant, () -> ports.metadata().image().schemas()));
    }

    /** The catalog as SQL engines speak to it, and the topics' tables as administrators do. */
    public List<HttpResource> resources() {
        return resources;
    }

    /** Begins to feed topics into their tables, and to look after them. */
    public void start() {
        feeds.start();
        maintenance.start(meters);
        mirror.ifPresent(showing -> showing.start(meters));
    }

    @Override
    public void close() {
        mirror.ifPresent(CatalogMirror::close);
        maintenance.close();
        feeds.close();
    }
}
