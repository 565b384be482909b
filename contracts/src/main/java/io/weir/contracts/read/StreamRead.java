package io.weir.contracts.read;

import java.util.List;

/** What a stream answers to a read. */
public sealed interface StreamRead {
    /**
     * Batches in order. The first contains the wanted offset, or is the next after it where compaction has dropped it;
     * none when there is nothing at the offset yet, as far as this process knows.
     */
    record Batches(StreamBounds bounds, List<StoredBatches> batches) implements StreamRead {}

    /**
     * Nothing is left of what was at the wanted offset, and nothing of anything behind it: compaction dropped it, or it
     * was lost. There is nothing yet where that ends, as far as this process knows.
     *
     * @param next where that ends: to read on from, above the wanted offset
     */
    record Gap(StreamBounds bounds, long next) implements StreamRead {}

    /** The stream's leader has confirmed that the wanted offset is outside. */
    record OutOfRange(StreamBounds bounds) implements StreamRead {}

    /** The stream is not here. */
    record NotHere(String message) implements StreamRead {}
}
