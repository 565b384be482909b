package io.weir.wal.sim;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.SegmentWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** Segments in memory: written late, or not at all, as the seed says. */
final class SimulatedSegments implements SegmentWriter {
    private final Random random;
    private final Map<ObjectKey, NavigableMap<Long, List<StoredBatches.Raw>>> objects = new HashMap<>();
    private final ArrayDeque<Runnable> slow = new ArrayDeque<>();
    private long nonce;
    private boolean broken;

    SimulatedSegments(Random random) {
        this.random = random;
    }

    /** Every write fails from now on, or none does by intent. */
    void broken(boolean now) {
        broken = now;
    }

    @Override
    public CompletableFuture<SegmentRef> write(ShardId shard, long term, LogRange range, List<StreamRun> runs) {
        CompletableFuture<SegmentRef> future = new CompletableFuture<>();
        NavigableMap<Long, List<StoredBatches.Raw>> content = new TreeMap<>();
        for (StreamRun run : runs) {
            if (!content.isEmpty() && content.lastKey() >= run.stream().value()) {
                throw new IllegalStateException("Runs are not sorted by stream");
            }
            content.put(run.stream().value(), List.copyOf(run.batches()));
        }
        slow.add(() -> {
            if (broken || random.nextInt(8) == 0) {
                future.completeExceptionally(
                        new ServiceException(FailureCode.OBJECT_STORE_UNAVAILABLE, "broken by the simulation"));
            } else {
                future.complete(create(content, range, 0));
            }
        });
        return future;
    }

    SegmentRef create(NavigableMap<Long, List<StoredBatches.Raw>> content, LogRange range, int level) {
        return create(nextKey(), content, range, level);
    }

    SegmentRef create(ObjectKey key, NavigableMap<Long, List<StoredBatches.Raw>> content, LogRange range, int level) {
        objects.put(key, content);
        return new SegmentRef(key, range, 1000, 100, 0, 0, level);
    }

    ObjectKey nextKey() {
        return new ObjectKey("seg-" + nonce++);
    }

    /** Finishes the oldest write. */
    void advance() {
        Runnable next = slow.poll();
        if (next != null) {
            next.run();
        }
    }

    /** The process died: its writes are not finished. */
    void crash() {
        slow.clear();
    }

    boolean exists(ObjectKey key) {
        return objects.containsKey(key);
    }

    NavigableMap<Long, List<StoredBatches.Raw>> content(ObjectKey key) {
        NavigableMap<Long, List<StoredBatches.Raw>> content = objects.get(key);
        if (content == null) {
            throw new AssertionError("Object " + key + " is referred to and not there");
        }
        return content;
    }

    void delete(List<ObjectKey> keys) {
        keys.forEach(objects::remove);
    }

    /** The stream's batches in the segments of a view, in the view's order. */
    List<StoredBatches.Raw> batches(List<SegmentRef> segments, long stream) {
        List<StoredBatches.Raw> batches = new ArrayList<>();
        for (SegmentRef segment : segments) {
            batches.addAll(content(segment.key()).getOrDefault(stream, List.of()));
        }
        return batches;
    }
}
