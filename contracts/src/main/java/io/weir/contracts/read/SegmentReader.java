package io.weir.contracts.read;

import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.segment.SegmentView;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Reads flushed batches from objects, through a cache.
 *
 * <p>Threading: any thread; never blocks. Futures complete on a thread of the object tier's. A failure of the store
 * completes them with a {@link io.weir.contracts.failure.ServiceException}; {@code OBJECT_MISSING} means that the view
 * is older than a compaction: take a new one and try again.
 */
public interface SegmentReader {
    /**
     * Batches of the stream from {@code offsets.from()} on, in order, contiguous but for what compaction has dropped.
     *
     * @param offsets from the wanted offset (the first batch contains it, or is the next one after it) to the flushed
     *     end
     * @param maxBytes how much is wanted: the first batch comes whole, however big it is; others only while they fit
     * @return empty when the range holds no batch
     */
    CompletableFuture<List<StoredBatches>> read(SegmentView view, StreamId stream, OffsetRange offsets, int maxBytes);

    /**
     * The first block of the stream whose running maximum timestamp reaches the given one: the record wanted is in the
     * batches that {@link #read} returns from that offset.
     *
     * @return empty when every flushed record of the range is older
     */
    CompletableFuture<Optional<Long>> firstBlockReaching(
            SegmentView view, StreamId stream, OffsetRange offsets, long timestampMs);
}
