package io.weir.launcher.serve;

import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.read.StreamReader;
import io.weir.contracts.table.TableCommands;
import io.weir.kafka.record.StoredRecordDecoder;
import io.weir.lakehouse.Lakehouse;
import io.weir.lakehouse.LakehouseConfig;
import io.weir.lakehouse.LakehousePorts;
import io.weir.lakehouse.feed.FeedConfig;
import io.weir.lakehouse.maintenance.MaintenanceConfig;
import io.weir.lakehouse.rest.ClientSettings;
import io.weir.lakehouse.storage.StorageConfig;
import io.weir.lakehouse.storage.Warehouse;
import io.weir.launcher.config.ObjectStoreLocation;
import io.weir.launcher.config.Role;
import io.weir.launcher.data.DataDirectory;
import java.net.URI;
import java.util.Optional;

/** Opens the tables as the configuration wants them. */
final class Tables {
    private static final String LOCAL_REGION = "us-east-1";

    private Tables() {}

    /**
     * Opens the catalog; where this process is a sink, it begins to feed and to look after the tables.
     *
     * @param endpoint there when the table store is a directory
     */
    static Lakehouse start(
            RoleConfigs configs,
            DataDirectory data,
            Sources sources,
            Optional<TableEndpoint> endpoint,
            OpenParts parts) {
        ObjectStoreLocation location = configs.serve().tables().store();
        ObjectStore store = parts.add("table store", ObjectStores.open(location, configs.node()));
        Place place = switch (location) {
            case ObjectStoreLocation.LocalFiles files ->
                new Place(
                        Warehouse.of(TableEndpoint.BUCKET, ""),
                        new ClientSettings(
                                endpoint.map(local -> URI.create("http://" + local.address())),
                                LOCAL_REGION,
                                true,
                                Optional.of(new ClientSettings.AccessKeys(
                                        TableEndpoint.ACCESS_KEY, TableEndpoint.SECRET_KEY))));
            case ObjectStoreLocation.Bucket(var bucket, var prefix, var service, var region, var pathStyle) ->
                new Place(
                        Warehouse.of(bucket, prefix), new ClientSettings(service, region, pathStyle, Optional.empty()));
        };
        LakehouseConfig config = new LakehouseConfig(
                configs.node(),
                TenantId.DEFAULT,
                place.warehouse(),
                StorageConfig.stagingIn(data.staging()),
                place.clients(),
                FeedConfig.standard(Runtime.getRuntime().maxMemory()),
                MaintenanceConfig.DEFAULT,
                configs.serve().tables().catalog());
        LakehousePorts ports = new LakehousePorts(
                sources.metadata(),
                sources.commands(),
                sources.streams(),
                new StoredRecordDecoder(configs.kafka().limits().maxDecompressedBytes()),
                store);
        Lakehouse tables = parts.add("tables", new Lakehouse(config, ports, sources.meters()));
        if (configs.serve().roles().has(Role.SINK)) {
            tables.start();
        }
        return tables;
    }

    /** What tables are made of. */
    record Sources(MetadataSource metadata, TableCommands commands, StreamReader streams, MeterRegistry meters) {}

    private record Place(Warehouse warehouse, ClientSettings clients) {}
}
