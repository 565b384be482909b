package io.weir.gateway.read;

import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.read.SegmentReader;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.segment.SegmentView;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Segments whose index knows of one block, and of that block's largest timestamp, trimmed or not. */
class OneBlock implements SegmentReader {
    private final SegmentReader segments;
    private final long maxTimestampMs;

    OneBlock(SegmentReader segments, long maxTimestampMs) {
        this.segments = segments;
        this.maxTimestampMs = maxTimestampMs;
    }

    /** An index has been searched. */
    void searched() {}

    @Override
    public CompletableFuture<List<StoredBatches>> read(
            SegmentView view, StreamId stream, OffsetRange offsets, int maxBytes) {
        return segments.read(view, stream, offsets, maxBytes);
    }

    @Override
    public CompletableFuture<Optional<Long>> firstBlockReaching(
            SegmentView view, StreamId stream, OffsetRange offsets, long timestampMs) {
        searched();
        return CompletableFuture.completedFuture(
                timestampMs <= maxTimestampMs ? Optional.of(offsets.from()) : Optional.empty());
    }
}
