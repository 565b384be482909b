package io.weir.objecttier.read;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.read.SegmentReader;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.segment.SegmentView;
import io.weir.objecttier.read.SegmentSearch.Place;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream's batches from segments, each read on a virtual thread of its own.
 *
 * <p>Threading: any thread; never blocks the caller. Ownership: what is returned are slices of cached blocks.
 */
public final class CatchUpReader implements SegmentReader {
    /** A read takes from no more blocks than this, so that a greedy one does not pin the cache. */
    private static final int MAX_BLOCKS = 16;

    private final SegmentObjects objects;
    private final SegmentSearch search;
    private final int readAheadBlocks;
    private final int maxConcurrent;
    private final AtomicInteger running = new AtomicInteger();
    private final ThreadFactory threads;

    /**
     * @param readAheadBlocks how many blocks behind the one that is read are loaded before anybody asks
     * @param maxConcurrent how many reads may be under way
     */
    public CatchUpReader(SegmentObjects objects, int readAheadBlocks, int maxConcurrent) {
        this(
                objects,
                readAheadBlocks,
                maxConcurrent,
                Thread.ofVirtual().name("segment-read-", 0).factory());
    }

    /** @param threads of the reads */
    CatchUpReader(SegmentObjects objects, int readAheadBlocks, int maxConcurrent, ThreadFactory threads) {
        this.objects = objects;
        this.search = new SegmentSearch(objects);
        this.readAheadBlocks = readAheadBlocks;
        this.maxConcurrent = maxConcurrent;
        this.threads = threads;
    }

    @Override
    public CompletableFuture<List<StoredBatches>> read(
            SegmentView view, StreamId stream, OffsetRange offsets, int maxBytes) {
        return start(() -> readNow(view, stream.value(), offsets, maxBytes));
    }

    @Override
    public CompletableFuture<Optional<Long>> firstBlockReaching(
            SegmentView view, StreamId stream, OffsetRange offsets, long timestampMs) {
        return start(() -> {
            Place place = search.find(view, stream.value(), offsets.from(), timestampMs);
            return place == null || place.baseOffset() >= offsets.to()
                    ? Optional.empty()
                    : Optional.of(Math.max(place.baseOffset(), offsets.from()));
        });
    }

    private List<StoredBatches> readNow(SegmentView view, long stream, OffsetRange offsets, int maxBytes) {
        List<StoredBatches> found = new ArrayList<>();
        long from = offsets.from();
        int left = Math.max(0, maxBytes);
        Place place = search.find(view, stream, from, Long.MIN_VALUE);
        for (int i = 0; i < MAX_BLOCKS && place != null && place.baseOffset() < offsets.to(); i++) {
            StoredBatches.Finished run = take(place, from, offsets.to(), left, found.isEmpty());
            if (run == null) {
                break;
            }
            found.add(run);
            left -= Math.min(left, run.sizeBytes());
            if (left == 0 || run.nextOffset() < place.nextOffset()) {
                break;
            }
            from = place.nextOffset();
            Place following = place.following();
            place = following != null ? following : search.find(view, stream, from, Long.MIN_VALUE);
        }
        return List.copyOf(found);
    }

    private StoredBatches.@Nullable Finished take(Place place, long from, long to, int maxBytes, boolean always) {
        CompletableFuture<ByteBuffer> loading = objects.block(place.segment(), place.index(), place.block());
        readAhead(place, from, maxBytes);
        return BatchRun.cut(place.segment().key(), loading.join(), from, to, maxBytes, always);
    }

    /** Loads what this read, or after it the next one of a sequential reader, is going to want. */
    private void readAhead(Place place, long from, int wantedBytes) {
        boolean sequential = from <= place.baseOffset() || from - place.baseOffset() > place.nextOffset() - from;
        int wanted = place.index().length(place.block());
        Place next = place.following();
        int courtesy = sequential ? readAheadBlocks : 0;
        for (int i = 0; i < MAX_BLOCKS && next != null && (wanted < wantedBytes || courtesy > 0); i++) {
            if (wanted >= wantedBytes) {
                courtesy--;
            }
            wanted += next.index().length(next.block());
            objects.readAhead(next.segment(), next.index(), next.block());
            next = next.following();
        }
    }

    private <T> CompletableFuture<T> start(Callable<T> read) {
        if (running.incrementAndGet() > maxConcurrent) {
            running.decrementAndGet();
            return CompletableFuture.failedFuture(
                    new ServiceException(FailureCode.OVERLOADED, "Already " + maxConcurrent + " catch-up reads"));
        }
        CompletableFuture<T> answer = new CompletableFuture<>();
        CompletableFuture<T> result = new CompletableFuture<>();
        // Once, whoever answers: a read for which no thread could be made may run all the same.
        var _ = answer.whenComplete((value, failure) -> {
            running.decrementAndGet();
            if (failure != null) {
                result.completeExceptionally(failure);
            } else {
                result.complete(value);
            }
        });
        try {
            threads.newThread(() -> complete(read, answer)).start();
        } catch (RuntimeException | Error noThread) {
            answer.completeExceptionally(
                    new ServiceException(FailureCode.OVERLOADED, "No thread for a catch-up read", noThread));
        }
        return result;
    }

    private static <T> void complete(Callable<T> read, CompletableFuture<T> answer) {
        try {
            answer.complete(read.call());
        } catch (Exception | Error exception) {
            answer.completeExceptionally(ServiceException.of(exception));
        }
    }
}
