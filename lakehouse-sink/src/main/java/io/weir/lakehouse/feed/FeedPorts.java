package io.weir.lakehouse.feed;

import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.read.RecordDecoder;
import io.weir.contracts.read.StreamReader;
import io.weir.contracts.table.TableCommands;
import io.weir.lakehouse.catalog.MetadataFiles;
import io.weir.lakehouse.columns.SchemasById;
import io.weir.lakehouse.storage.WarehouseFiles;
import java.util.function.Function;

/**
 * What the feed stands on.
 *
 * @param metadataFiles in the store where the data files go, too
 */
public record FeedPorts(
        MetadataSource metadata,
        TableCommands tables,
        StreamReader streams,
        RecordDecoder decoder,
        MetadataFiles metadataFiles,
        Function<TenantId, SchemasById> schemas) {
    WarehouseFiles files() {
        return metadataFiles.files();
    }
}
