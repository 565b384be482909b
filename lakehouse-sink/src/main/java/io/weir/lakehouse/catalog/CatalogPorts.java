package io.weir.lakehouse.catalog;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.table.TableCommands;
import io.weir.contracts.table.TableImage;
import java.util.function.Supplier;

/**
 * What a catalog stands on.
 *
 * @param image the tables as this process knows them now; what the commands accepted is in it
 */
public record CatalogPorts(
        TenantId tenant, Supplier<TableImage> image, TableCommands commands, MetadataFiles metadata) {}
