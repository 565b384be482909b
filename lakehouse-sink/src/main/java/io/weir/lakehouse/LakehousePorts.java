package io.weir.lakehouse;

import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.read.RecordDecoder;
import io.weir.contracts.read.StreamReader;
import io.weir.contracts.table.TableCommands;

/**
 * What the tables stand on.
 *
 * @param store where tables' files are
 */
public record LakehousePorts(
        MetadataSource metadata,
        TableCommands tables,
        StreamReader streams,
        RecordDecoder decoder,
        ObjectStore store) {}
