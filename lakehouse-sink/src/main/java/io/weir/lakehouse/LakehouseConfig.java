package io.weir.lakehouse;

import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.lakehouse.feed.FeedConfig;
import io.weir.lakehouse.maintenance.MaintenanceConfig;
import io.weir.lakehouse.mirror.MirrorConfig;
import io.weir.lakehouse.rest.ClientSettings;
import io.weir.lakehouse.storage.StorageConfig;
import io.weir.lakehouse.storage.Warehouse;
import java.util.Optional;

/**
 * Where tables are, and how they are fed and looked after.
 *
 * @param node that feeds them
 * @param tenant whose catalog it is
 * @param warehouse below which every table's files lie
 * @param clients what SQL engines are told about how they reach the files
 * @param mirror another catalog in which the topics' tables are shown
 */
public record LakehouseConfig(
        NodeId node,
        TenantId tenant,
        Warehouse warehouse,
        StorageConfig storage,
        ClientSettings clients,
        FeedConfig feed,
        MaintenanceConfig maintenance,
        Optional<MirrorConfig> mirror) {}
