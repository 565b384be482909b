package io.weir.contracts.table;

import io.weir.contracts.identity.TopicId;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One table's part of a commit. */
public sealed interface TableChange {
    TableName name();

    /**
     * A new table; refused when the name is taken or the namespace is not there.
     *
     * @param topic whose table it is, or null
     */
    record Create(
            TableName name,
            UUID table,
            String location,
            String metadataLocation,
            @Nullable TopicId topic) implements TableChange {}

    /** A new metadata file; refused unless the present one is the expected one. */
    record Replace(TableName name, UUID table, String expectedMetadataLocation, String metadataLocation)
            implements TableChange {}
}
