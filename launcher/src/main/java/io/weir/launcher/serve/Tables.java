package io.weir.launcher.serve;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.table.TableCommands;
import io.weir.lakehouse.Lakehouse;
import io.weir.lakehouse.LakehouseConfig;
import io.weir.lakehouse.rest.ClientSettings;
import io.weir.lakehouse.storage.StorageConfig;
import io.weir.lakehouse.storage.Warehouse;
import io.weir.launcher.config.ObjectStoreLocation;
import io.weir.launcher.config.ServeConfig;
import io.weir.launcher.data.DataDirectory;
import java.net.URI;
import java.util.Optional;

/** Opens the tables as the configuration wants them. */
final class Tables {
    private static final String LOCAL_REGION = "us-east-1";

    private Tables() {}

    /** @param endpoint there when the table store is a directory */
    static Lakehouse open(
            ServeConfig config,
            DataDirectory data,
            MetadataSource metadata,
            TableCommands commands,
            Optional<TableEndpoint> endpoint,
            OpenParts parts) {
        ObjectStoreLocation location = config.tables().store();
        ObjectStore store = parts.add("table store", ObjectStores.open(location));
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
        return new Lakehouse(
                new LakehouseConfig(
                        TenantId.DEFAULT, place.warehouse(), StorageConfig.stagingIn(data.staging()), place.clients()),
                metadata,
                commands,
                store);
    }

    private record Place(Warehouse warehouse, ClientSettings clients) {}
}
