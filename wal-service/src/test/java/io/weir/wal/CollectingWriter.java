package io.weir.wal;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.SegmentWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Keeps what is flushed, or fails. */
final class CollectingWriter implements SegmentWriter {
    volatile boolean failing;
    private final AtomicReference<@Nullable CountDownLatch> hanging = new AtomicReference<>();
    private final AtomicLong nonce = new AtomicLong();
    private final Map<StreamId, List<Long>> marks = new ConcurrentHashMap<>();

    @Override
    public CompletableFuture<SegmentRef> write(ShardId shard, long term, LogRange range, List<StreamRun> runs) {
        CountDownLatch hung = hanging.getAndSet(null);
        if (hung != null) {
            hung.countDown();
            return new CompletableFuture<>();
        }
        if (failing) {
            return CompletableFuture.failedFuture(
                    new ServiceException(FailureCode.OBJECT_STORE_UNAVAILABLE, "failing"));
        }
        long bytes = 0;
        for (StreamRun run : runs) {
            for (StoredBatches.Raw batch : run.batches()) {
                marks.computeIfAbsent(run.stream(), id -> new CopyOnWriteArrayList<>())
                        .add(Batches.mark(batch.batch()));
                bytes += batch.sizeBytes();
            }
        }
        return CompletableFuture.completedFuture(
                new SegmentRef(new ObjectKey("segment-" + nonce.incrementAndGet()), range, bytes + 100, 100, 0, 0, 0));
    }

    /** The next write never ends; the latch tells when it has begun. */
    CountDownLatch hangNext() {
        CountDownLatch begun = new CountDownLatch(1);
        hanging.set(begun);
        return begun;
    }

    List<Long> marks(StreamId stream) {
        return marks.getOrDefault(stream, List.of());
    }
}
