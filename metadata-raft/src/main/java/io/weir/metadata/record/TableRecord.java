package io.weir.metadata.record;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.table.Namespace;
import io.weir.contracts.table.TableName;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One fact about the tables. */
public sealed interface TableRecord {
    /** The namespace exists and is as given. */
    record NamespaceWritten(TenantId tenant, Namespace namespace) implements TableRecord {}

    /** The namespace is gone. */
    record NamespaceDropped(TenantId tenant, List<String> levels) implements TableRecord {
        public NamespaceDropped {
            levels = List.copyOf(levels);
        }
    }

    /**
     * The table exists and is as given, under this name alone. Its watermark is what it was.
     *
     * @param topic whose table, or dead-letter table, it is
     */
    record TableWritten(
            TenantId tenant,
            TableName name,
            UUID table,
            String location,
            String metadataLocation,
            @Nullable TopicId topic)
            implements TableRecord {}

    /**
     * The table has its topic's watermark, which stands here for the streams that are named, and elsewhere as before.
     *
     * @param next the next offset, per stream
     */
    record WatermarkMoved(UUID table, SortedMap<StreamId, Long> next) implements TableRecord {
        public WatermarkMoved {
            next = Collections.unmodifiableSortedMap(new TreeMap<>(next));
        }
    }

    /** The table is gone, and its watermark with it. */
    record TableDropped(UUID table) implements TableRecord {}

    /** The files of a table that is gone are to be deleted. */
    record FilesLeft(UUID table, String location) implements TableRecord {}

    /** The files of a table that is gone are deleted. */
    record FilesDeleted(UUID table) implements TableRecord {}

    /** The topic is fed under this epoch. */
    record FeedOwned(TopicId topic, NodeId owner, Epoch epoch) implements TableRecord {}
}
