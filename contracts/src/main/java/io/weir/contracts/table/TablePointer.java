package io.weir.contracts.table;

import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Where a table is, and how far its topic has come.
 *
 * @param table never used twice
 * @param location below which all of its files lie; 1 to {@link #MAX_LOCATION_CHARS} characters
 * @param metadataLocation its present metadata file; differs after every change, so changes are compared by it; as long
 *     as a location may be
 * @param topic whose table, or dead-letter table, this is; it is dropped with the topic. Null for a table that a user
 *     made
 * @param watermark the next offset per stream: what lies below is in the table, once. A stream that is not named is at
 *     0. Empty in a dead-letter table
 */
public record TablePointer(
        TenantId tenant,
        TableName name,
        UUID table,
        String location,
        String metadataLocation,
        @Nullable TopicId topic,
        SortedMap<StreamId, Long> watermark) {
    /** Longest location. */
    public static final int MAX_LOCATION_CHARS = 2048;

    public TablePointer {
        watermark = Collections.unmodifiableSortedMap(new TreeMap<>(watermark));
    }

    /** The offset from which the stream's records are not in the table yet. */
    public long watermark(StreamId stream) {
        return watermark.getOrDefault(stream, 0L);
    }
}
