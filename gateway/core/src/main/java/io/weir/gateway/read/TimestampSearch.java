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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Finds batches by time: through the running maximum timestamps of the segments' indexes as far as the stream is
 * flushed, by walking batch headers in the tail behind them.
 */
final class TimestampSearch {
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

    CompletableFuture<Optional<StoredBatch>> firstReaching(StreamLocation location, long timestampMs) {
        return retrying(() -> where(location).thenCompose(found -> {
            if (found == null) {
                return none();
            }
            return firstBlock(found, location, timestampMs)
                    .thenCompose(block ->
                            walk(location, block.orElse(found.flushedEnd()), found.end(), new Reaching(timestampMs)));
        }));
    }

    CompletableFuture<Optional<StoredBatch>> latest(StreamLocation location) {
        return retrying(() -> where(location).thenCompose(found -> {
            if (found == null) {
                return none();
            }
            Largest best = new Largest(Long.MAX_VALUE);
            return walk(location, Math.max(found.flushedEnd(), found.start()), found.end(), best)
                    .thenCompose(tailBest ->
                            flushedLatest(found, location).thenApply(flushedBest -> later(flushedBest, tailBest)));
        }));
    }

    private static Optional<StoredBatch> later(Optional<StoredBatch> first, Optional<StoredBatch> second) {
        if (first.isEmpty() || second.isEmpty()) {
            return first.isEmpty() ? second : first;
        }
        long firstMs = first.get().batch().maxTimestampMs();
        return second.get().batch().maxTimestampMs() > firstMs ? second : first;
    }

    /** The largest timestamp is found by bisection: blocks that reach a time exist for every time up to it. */
    private CompletableFuture<Optional<StoredBatch>> flushedLatest(Extent found, StreamLocation location) {
        if (found.view() == null) {
            return none();
        }
        return bisect(found, location, -1, Long.MAX_VALUE)
                .thenCompose(latestMs -> firstBlock(found, location, latestMs)
                        .thenCompose(block -> block.isEmpty()
                                ? none()
                                : walk(location, block.get(), found.flushedEnd(), new Largest(latestMs))));
    }

    /** Invariant: some block reaches {@code reached}, or it is -1; none reaches {@code missed}. */
    private CompletableFuture<Long> bisect(Extent found, StreamLocation location, long reached, long missed) {
        if (reached + 1 >= missed) {
            return CompletableFuture.completedFuture(reached);
        }
        // Their difference overflows, and so may their sum, but not as an unsigned number: missed is above 0 here.
        long middle = (reached + missed) >>> 1;
        return firstBlock(found, location, middle)
                .thenCompose(block -> block.isPresent()
                        ? bisect(found, location, middle, missed)
                        : bisect(found, location, reached, middle));
    }

    private CompletableFuture<Optional<Long>> firstBlock(Extent found, StreamLocation location, long timestampMs) {
        TailRead.InSegments view = found.view();
        return view == null
                ? CompletableFuture.completedFuture(Optional.empty())
                : segments.firstBlockReaching(
                        view.segments(),
                        location.stream(),
                        new OffsetRange(found.start(), found.flushedEnd()),
                        timestampMs);
    }

    private CompletableFuture<@Nullable Extent> where(StreamLocation location) {
        StreamBounds bounds = tail.bounds(location).orElse(null);
        if (bounds == null) {
            return CompletableFuture.failedFuture(notHere("No stream " + location.stream()));
        }
        if (bounds.logStart() == bounds.end()) {
            return CompletableFuture.completedFuture(null);
        }
        return tail.read(location, bounds.logStart(), 1).thenApply(read -> switch (read) {
            case TailRead.InSegments found ->
                new Extent(
                        found.bounds().logStart(),
                        found.flushedEnd(),
                        found.bounds().end(),
                        found);
            case TailRead.Batches(StreamBounds now, var batches) ->
                new Extent(now.logStart(), now.logStart(), now.end(), null);
            case TailRead.OutOfRange(StreamBounds now) -> throw moved(now);
            case TailRead.NotHere(String message) -> throw notHere(message);
        });
    }

    private CompletableFuture<Optional<StoredBatch>> walk(StreamLocation location, long from, long end, Seeker seeker) {
        if (from >= end) {
            return CompletableFuture.completedFuture(seeker.found());
        }
        return reader.read(location, from, STRIDE_BYTES).thenCompose(read -> {
            List<StoredBatch> batches = switch (read) {
                case StreamRead.Batches(var bounds, var stored) -> BatchWalk.batches(stored);
                case StreamRead.Gap _ -> List.of();
                case StreamRead.OutOfRange(StreamBounds now) -> throw moved(now);
                case StreamRead.NotHere(String message) -> throw notHere(message);
            };
            for (StoredBatch batch : batches) {
                if (batch.nextOffset() > from && seeker.look(batch)) {
                    return CompletableFuture.completedFuture(seeker.found());
                }
            }
            return batches.isEmpty()
                    ? CompletableFuture.completedFuture(seeker.found())
                    : CompletableFuture.completedFuture(batches.getLast().nextOffset())
                            .thenComposeAsync(next -> walk(location, next, end, seeker));
        });
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
     * Where a stream's data is: segments from {@code start} to {@code flushedEnd}, the tail from there to {@code end}.
     */
    private record Extent(long start, long flushedEnd, long end, TailRead.@Nullable InSegments view) {}

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
