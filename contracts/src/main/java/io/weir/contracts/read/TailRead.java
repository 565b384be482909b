package io.weir.contracts.read;

import io.weir.contracts.segment.SegmentView;
import java.util.List;

/** What a shard answers to a read. */
public sealed interface TailRead {
    /**
     * Batches from the shard's tail. The first contains the wanted offset (it can begin before it); the list is empty
     * only when the wanted offset is the end.
     */
    record Batches(StreamBounds bounds, List<StoredBatches> batches) implements TailRead {}

    /**
     * The wanted offset was flushed: read it from the segments.
     *
     * @param flushedEnd the segments hold the stream's offsets below this
     */
    record InSegments(StreamBounds bounds, long flushedEnd, SegmentView segments) implements TailRead {}

    /** The wanted offset is below the log start or above the end, as far as this replica knows. */
    record OutOfRange(StreamBounds bounds) implements TailRead {}

    /** The stream is not, or not yet, or no longer here. */
    record NotHere(String message) implements TailRead {}
}
