package io.weir.contracts.segment;

import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.read.StoredBatches;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Turns a shard's tail into a segment.
 *
 * <p>Threading: any thread; the work is done on a thread of the object tier's.
 */
public interface SegmentWriter {
    /**
     * Writes one segment under a new key made of shard, term, log range and a nonce.
     *
     * <p>Durability: as {@link io.weir.contracts.object.ObjectStore#create}. Nothing refers to the object yet; if the
     * caller's commit never comes it is an orphan, which garbage collection finds.
     *
     * @param runs per stream its batches in offset order; streams in ascending order of id
     */
    CompletableFuture<SegmentRef> write(ShardId shard, long term, LogRange range, List<StreamRun> runs);

    /** The batches of one stream that go into a segment. */
    record StreamRun(StreamId stream, List<StoredBatches.Raw> batches) {}
}
