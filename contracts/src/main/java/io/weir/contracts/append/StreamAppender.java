package io.weir.contracts.append;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.identity.StreamLocation;
import java.util.concurrent.CompletableFuture;

/**
 * Appends batches to streams: the one way in, for every protocol.
 *
 * <p>Threading: any thread; never blocks, so that an event loop may call it. Appends of one stream that are handed over
 * one after another are applied in that order, or the later ones are refused with the earlier.
 */
public interface StreamAppender {
    /**
     * Hands over a checked batch. The caller never changes its bytes again.
     *
     * <p>Durability: when the future completes with {@link AppendResult.Committed} or {@link AppendResult.Duplicate}, a
     * quorum has fsynced the batch. It completes on a thread of the appender's that must not be blocked, and never
     * exceptionally.
     */
    CompletableFuture<AppendResult> append(StreamLocation location, RecordBatch batch);
}
