package io.weir.lakehouse;

import io.weir.contracts.identity.TenantId;
import io.weir.lakehouse.rest.ClientSettings;
import io.weir.lakehouse.storage.StorageConfig;
import io.weir.lakehouse.storage.Warehouse;

/**
 * Where tables are.
 *
 * @param tenant whose catalog it is
 * @param warehouse below which every table's files lie
 * @param clients what SQL engines are told about how they reach the files
 */
public record LakehouseConfig(TenantId tenant, Warehouse warehouse, StorageConfig storage, ClientSettings clients) {}
