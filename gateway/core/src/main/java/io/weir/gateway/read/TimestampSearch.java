package io.weir.gateway.read;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.read.SegmentReader;
import io.weir.contracts.read.StreamBounds;
import io.weir.contracts.read.StreamRead;
import io.weir.contracts.read.TailRead;
import io.weir.contracts.read.TailReader;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Finds batches by time, extent by extent: what a stream wrote at each shard that it has been at is in segments there,
 * and found through the running maximum timestamps of their indexes. Batches are walked from the block on that an index
 * has named, to the end of its extent, and in the tail.
 */
final class TimestampSearch {
    /** More than a stream has: it stays at 64 shards at most. What is behind so many is walked. */
    static final int MAX_EXTENTS = 128;

    private static final int STRIDE_BYTES = 1 << 20;
    private static final int ATTEMPTS = 3;

    private final TieredReader reader;
    private final TailReader tail;
    private final SegmentReader segments;

    TimestampSearch(TieredReader reader, TailReader tail, SegmentReader segments) {
        this.reader = reader;
        this.tail = tail;
        this.segments = segments;
    }

    CompletableFuture<Optional<StoredBatch>> firstReaching(StreamLocation location, long from, long timestampMs) {
        return retrying(() -> extents(location, from)
                .thenCompose(extents -> firstReaching(extents.iterator(), location, timestampMs)));
    }

    private CompletableFuture<Optional<StoredBatch>> firstReaching(
            Iterator<Extent> extents, StreamLocation location, long timestampMs) {
        if (!extents.hasNext()) {
            return none();
        }
        Extent extent = extents.next();
        return firstBlock(extent, location, timestampMs)
                .thenCompose(block ->
                        block.isEmpty() ? none() : walk(location, block.get(), extent.to(), new Reaching(timestampMs)))
                .thenCompose(found -> found.isPresent()
                        ? CompletableFuture.completedFuture(found)
                        : firstReaching(extents, location, timestampMs));
    }

    /** The newest extent first: time mostly rises, so that one look at each older index tells that it has no later. */
    CompletableFuture<Optional<StoredBatch>> latest(StreamLocation location, long from) {
        return retrying(() -> extents(location, from)
                .thenCompose(extents -> latest(extents.reversed().iterator(), location, Optional.empty())));
    }

    /** @param best the first batch with the largest timestamp of all that is behind these extents */
    private CompletableFuture<Optional<StoredBatch>> latest(
            Iterator<Extent> extents, StreamLocation location, Optional<StoredBatch> best) {
        if (!extents.hasNext()) {
            return CompletableFuture.completedFuture(best);
        }
        Extent extent = extents.next();
        CompletableFuture<Optional<StoredBatch>> found = extent.view() == null
                ? walk(location, extent.from(), extent.to(), new Largest(Long.MAX_VALUE))
                : flushedLatest(extent, location, best);
        return found.thenCompose(older -> latest(extents, location, later(older, best)));
    }

    private static Optional<StoredBatch> later(Optional<StoredBatch> first, Optional<StoredBatch> second) {
        if (first.isEmpty() || second.isEmpty()) {
            return first.isEmpty() ? second : first;
        }
        long firstMs = first.get().batch().maxTimestampMs();
        return second.get().batch().maxTimestampMs() > firstMs ? second : first;
    }

    /**
     * The largest timestamp is found by bisection: blocks that reach a time exist for every time up to it.
     *
     * @param best what an older batch has to reach; empty when nothing is newer
     */
    private CompletableFuture<Optional<StoredBatch>> flushedLatest(
            Extent extent, StreamLocation location, Optional<StoredBatch> best) {
        long leastMs = best.map(batch -> batch.batch().maxTimestampMs()).orElse(-1L);
        return firstBlock(extent, location, leastMs)
                .thenCompose(block -> block.isEmpty()
                        ? none()
                        : bisect(extent, location, leastMs, Long.MAX_VALUE)
                                .thenCompose(latestMs -> firstBatchOf(extent, location, latestMs)));
    }

    private CompletableFuture<Optional<StoredBatch>> firstBatchOf(
            Extent extent, StreamLocation location, long latestMs) {
        return firstBlock(extent, location, latestMs)
                .thenCompose(block ->
                        block.isEmpty() ? none() : walk(location, block.get(), extent.to(), new Largest(latestMs)));
    }

    /** Invariant: some block reaches {@code reached}; none, as far as it can be told, reaches {@code missed}. */
    private CompletableFuture<Long> bisect(Extent extent, StreamLocation location, long reached, long missed) {
        if (missed - 1 <= reached) {
            return CompletableFuture.completedFuture(reached);
        }
        // Half their sum, which itself may overflow, as may their difference.
        long middle = (reached & missed) + ((reached ^ missed) >> 1);
        return firstBlock(extent, location, middle)
                .thenCompose(block -> block.isPresent()
                        ? bisect(extent, location, middle, missed)
                        : bisect(extent, location, reached, middle));
    }

    /** The first block that reaches the time; the begin of an extent that has no index. */
    private CompletableFuture<Optional<Long>> firstBlock(Extent extent, StreamLocation location, long timestampMs) {
        TailRead.InSegments view = extent.view();
        return view == null
                ? CompletableFuture.completedFuture(Optional.of(extent.from()))
                : segments.firstBlockReaching(
                        view.segments(), location.stream(), new OffsetRange(extent.from(), extent.to()), timestampMs);
    }

    /** Where the stream's data is from this offset on, in order; none when there is none. */
    private CompletableFuture<List<Extent>> extents(StreamLocation location, long from) {
        StreamBounds bounds = tail.bounds(location).orElse(null);
        if (bounds == null) {
            return CompletableFuture.failedFuture(notHere("No stream " + location.stream()));
        }
        long first = Math.max(from, bounds.logStart());
        return first >= bounds.end()
                ? CompletableFuture.completedFuture(List.of())
                : extents(location, first, new ArrayList<>());
    }

    private CompletableFuture<List<Extent>> extents(StreamLocation location, long from, List<Extent> before) {
        return tail.read(location, from, 1).thenCompose(read -> {
            Extent extent = extent(read, from, before.size() < MAX_EXTENTS);
            before.add(extent);
            return extent.isLast() ? CompletableFuture.completedFuture(before) : extents(location, extent.to(), before);
        });
    }

    private static Extent extent(TailRead read, long from, boolean byIndex) {
        return switch (read) {
            case TailRead.InSegments found
            when byIndex -> new Extent(from, found.flushedEnd(), found.bounds().end(), found);
            case TailRead.InSegments found -> Extent.walked(from, found.bounds());
            case TailRead.Batches(StreamBounds now, var batches) -> Extent.walked(from, now);
            case TailRead.OutOfRange(StreamBounds now) -> throw moved(now);
            case TailRead.NotHere(String message) -> throw notHere(message);
        };
    }

    private CompletableFuture<Optional<StoredBatch>> walk(StreamLocation location, long from, long end, Seeker seeker) {
        if (from >= end) {
            return CompletableFuture.completedFuture(seeker.found());
        }
        return reader.read(location, from, STRIDE_BYTES).thenCompose(read -> switch (read) {
            case StreamRead.Batches(var bounds, var stored) ->
                look(BatchWalk.batches(stored), location, from, end, seeker);
            // What was not known yet when the gap was found may be now.
            case StreamRead.Gap(StreamBounds bounds, long next) -> walk(location, next, end, seeker);
            case StreamRead.OutOfRange(StreamBounds now) -> throw moved(now);
            case StreamRead.NotHere(String message) -> throw notHere(message);
        });
    }

    private CompletableFuture<Optional<StoredBatch>> look(
            List<StoredBatch> batches, StreamLocation location, long from, long end, Seeker seeker) {
        for (StoredBatch batch : batches) {
            if (batch.nextOffset() > from && seeker.look(batch)) {
                return CompletableFuture.completedFuture(seeker.found());
            }
        }
        return batches.isEmpty()
                ? CompletableFuture.completedFuture(seeker.found())
                : CompletableFuture.completedFuture(batches.getLast().nextOffset())
                        .thenComposeAsync(next -> walk(location, next, end, seeker));
    }

    /** To be searched again, from the new log start on. */
    private static ServiceException moved(StreamBounds now) {
        return new ServiceException(FailureCode.OBJECT_MISSING, "Log start moved to " + now.logStart());
    }

    /** Not known here is not the same as not there: a client that is told so would seek to the end. */
    private static ServiceException notHere(String message) {
        return new ServiceException(FailureCode.NOT_LEADER, message);
    }

    private static CompletableFuture<Optional<StoredBatch>> none() {
        return CompletableFuture.completedFuture(Optional.empty());
    }

    private static CompletableFuture<Optional<StoredBatch>> retrying(Search search) {
        return retrying(search, ATTEMPTS);
    }

    private static CompletableFuture<Optional<StoredBatch>> retrying(Search search, int attempts) {
        return search.run().exceptionallyCompose(failure -> {
            ServiceException cause = ServiceException.of(failure);
            return cause.code() == FailureCode.OBJECT_MISSING && attempts > 1
                    ? retrying(search, attempts - 1)
                    : CompletableFuture.failedFuture(cause);
        });
    }

    @FunctionalInterface
    private interface Search {
        CompletableFuture<Optional<StoredBatch>> run();
    }

    /**
     * A part of a stream, from one offset to another.
     *
     * @param end the stream's
     * @param view the segments that hold this part; null for the tail, which has no index
     */
    private record Extent(long from, long to, long end, TailRead.@Nullable InSegments view) {
        static Extent walked(long from, StreamBounds bounds) {
            return new Extent(from, bounds.end(), bounds.end(), null);
        }

        boolean isLast() {
            return to >= end;
        }
    }

    /** Looks at batches in order. */
    private interface Seeker {
        /** Returns true when it has seen enough. */
        boolean look(StoredBatch batch);

        Optional<StoredBatch> found();
    }

    private static final class Reaching implements Seeker {
        private final long timestampMs;
        private Optional<StoredBatch> found = Optional.empty();

        Reaching(long timestampMs) {
            this.timestampMs = timestampMs;
        }

        @Override
        public boolean look(StoredBatch batch) {
            if (batch.batch().maxTimestampMs() >= timestampMs) {
                found = Optional.of(batch);
            }
            return found.isPresent();
        }

        @Override
        public Optional<StoredBatch> found() {
            return found;
        }
    }

    /**
     * The first batch with the largest timestamp; nothing behind one that reaches the expected time is looked at. The
     * index counts what was trimmed from the first block, too: where that held the largest, nothing reaches it, and the
     * largest of what is left is found.
     */
    private static final class Largest implements Seeker {
        private final long expectedMs;
        private Optional<StoredBatch> found = Optional.empty();

        Largest(long expectedMs) {
            this.expectedMs = expectedMs;
        }

        @Override
        public boolean look(StoredBatch batch) {
            found = later(found, Optional.of(batch));
            return batch.batch().maxTimestampMs() >= expectedMs;
        }

        @Override
        public Optional<StoredBatch> found() {
            return found;
        }
    }
}
