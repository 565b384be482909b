package io.weir.gateway.read;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.read.SegmentReader;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.read.StreamBounds;
import io.weir.contracts.read.StreamRead;
import io.weir.contracts.read.StreamReader;
import io.weir.contracts.read.TailRead;
import io.weir.contracts.read.TailReader;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Reads streams wherever their data is. The read port of every protocol.
 *
 * <p>Threading: any thread; never blocks. Futures complete on a thread of the shard's or the object tier's, which must
 * not be blocked, exceptionally with a {@link ServiceException} when a dependency failed.
 */
public final class TieredReader implements StreamReader {
    private static final int ATTEMPTS = 3;

    private final TailReader tail;
    private final SegmentReader segments;
    private final CatchUpBudget catchUp;
    private final TimestampSearch search;
    private final Counter tailReads;
    private final Counter segmentReads;

    public TieredReader(TailReader tail, SegmentReader segments, TieredReaderConfig config, MeterRegistry meters) {
        this.tail = tail;
        this.segments = segments;
        this.catchUp = new CatchUpBudget(config.catchUpBudgetBytes(), config.maxWaitingReads());
        this.search = new TimestampSearch(this, tail, segments);
        this.tailReads = meters.counter("weir.gateway.reads", "source", "tail");
        this.segmentReads = meters.counter("weir.gateway.reads", "source", "segments");
        Gauge.builder("weir.gateway.reads.waiting", catchUp, CatchUpBudget::waiting)
                .register(meters);
    }

    @Override
    public Optional<StreamBounds> bounds(StreamLocation location) {
        return tail.bounds(location);
    }

    @Override
    public CompletableFuture<Optional<StreamBounds>> confirmedBounds(StreamLocation location) {
        return tail.confirmedBounds(location);
    }

    @Override
    public TailReader.Watch watch(StreamLocation location, long offset, Runnable callback) {
        return tail.watch(location, offset, callback);
    }

    @Override
    public CompletableFuture<StreamRead> read(StreamLocation location, long offset, int maxBytes) {
        return attempt(location, offset, maxBytes, ATTEMPTS);
    }

    private CompletableFuture<StreamRead> attempt(StreamLocation location, long offset, int maxBytes, int attempts) {
        CompletableFuture<TailRead> read = tail.read(location, offset, maxBytes);
        if (read.isDone() && !read.isCompletedExceptionally() && read.join() instanceof TailRead.Batches batches) {
            tailReads.increment();
            return CompletableFuture.completedFuture(new StreamRead.Batches(batches.bounds(), batches.batches()));
        }
        return read.thenCompose(answer -> resolve(answer, location, offset, maxBytes, attempts));
    }

    private CompletableFuture<StreamRead> resolve(
            TailRead answer, StreamLocation location, long offset, int maxBytes, int attempts) {
        return switch (answer) {
            case TailRead.Batches(StreamBounds bounds, List<StoredBatches> batches) -> {
                tailReads.increment();
                yield CompletableFuture.completedFuture(new StreamRead.Batches(bounds, batches));
            }
            case TailRead.InSegments found -> fromSegments(found, location, offset, maxBytes, attempts);
            case TailRead.OutOfRange(StreamBounds seen) -> confirm(seen, location, offset, maxBytes, attempts);
            case TailRead.NotHere(String message) -> CompletableFuture.completedFuture(new StreamRead.NotHere(message));
        };
    }

    private CompletableFuture<StreamRead> fromSegments(
            TailRead.InSegments found, StreamLocation location, long offset, int maxBytes, int attempts) {
        if (found.flushedEnd() <= offset) {
            throw new IllegalStateException("Segments that end at " + found.flushedEnd() + " cannot hold offset "
                    + offset + " of " + location.stream());
        }
        segmentReads.increment();
        OffsetRange wanted = new OffsetRange(offset, found.flushedEnd());
        return catchUp.within(maxBytes, () -> segments.read(found.segments(), location.stream(), wanted, maxBytes))
                .<Supplier<CompletableFuture<StreamRead>>>handle((batches, failure) -> failure == null
                        ? () -> found(batches, found, location, maxBytes, attempts)
                        : () -> again(ServiceException.of(failure), location, offset, maxBytes, attempts))
                .thenCompose(Supplier::get);
    }

    private CompletableFuture<StreamRead> again(
            ServiceException failure, StreamLocation location, long offset, int maxBytes, int attempts) {
        return failure.code() == FailureCode.OBJECT_MISSING && attempts > 1
                ? attempt(location, offset, maxBytes, attempts - 1)
                : CompletableFuture.failedFuture(failure);
    }

    /**
     * Where nothing is left from the wanted offset to the flushed end, what follows is in the segments of another shard
     * or in the tail. To go on there is no further attempt: each step begins above the one before, and a stream has
     * been at a few shards only.
     */
    private CompletableFuture<StreamRead> found(
            List<StoredBatches> batches,
            TailRead.InSegments found,
            StreamLocation location,
            int maxBytes,
            int attempts) {
        long next = found.flushedEnd();
        return batches.isEmpty()
                ? attempt(location, next, maxBytes, attempts).thenApply(read -> orGap(read, next))
                : CompletableFuture.completedFuture(new StreamRead.Batches(found.bounds(), batches));
    }

    private static StreamRead orGap(StreamRead read, long next) {
        return read instanceof StreamRead.Batches(StreamBounds bounds, var batches) && batches.isEmpty()
                ? new StreamRead.Gap(bounds, next)
                : read;
    }

    private CompletableFuture<StreamRead> confirm(
            StreamBounds seen, StreamLocation location, long offset, int maxBytes, int attempts) {
        return tail.confirmedBounds(location)
                .<Supplier<CompletableFuture<StreamRead>>>handle((confirmed, failure) -> failure == null
                        ? () -> decide(confirmed, seen, location, offset, maxBytes, attempts)
                        : () -> unconfirmed(seen, offset, ServiceException.of(failure)))
                .thenCompose(Supplier::get);
    }

    private CompletableFuture<StreamRead> decide(
            Optional<StreamBounds> confirmed,
            StreamBounds seen,
            StreamLocation location,
            long offset,
            int maxBytes,
            int attempts) {
        if (confirmed.isEmpty()) {
            return CompletableFuture.completedFuture(new StreamRead.NotHere("No stream " + location.stream()));
        }
        StreamBounds bounds = confirmed.get();
        if (offset < bounds.logStart() || offset > bounds.end()) {
            return CompletableFuture.completedFuture(new StreamRead.OutOfRange(bounds));
        }
        return attempts > 1 ? attempt(location, offset, maxBytes, attempts - 1) : late(seen);
    }

    /** Above the end that is known here, and nobody is there to ask: the offset may come yet. */
    private static CompletableFuture<StreamRead> unconfirmed(StreamBounds seen, long offset, ServiceException failure) {
        boolean nobody = failure.code() == FailureCode.NOT_LEADER || failure.code() == FailureCode.TIMED_OUT;
        return nobody && offset > seen.end() ? late(seen) : CompletableFuture.failedFuture(failure);
    }

    /** Known to the leader, perhaps, and not here yet. */
    private static CompletableFuture<StreamRead> late(StreamBounds seen) {
        return CompletableFuture.completedFuture(new StreamRead.Batches(seen, List.of()));
    }

    /**
     * The first batch that ends above an offset and has a record of this time or later: the record itself is to be
     * looked for inside, and may be missing when the batch begins below the log start.
     *
     * @return empty when every record is older
     */
    public CompletableFuture<Optional<StoredBatch>> firstBatchReaching(
            StreamLocation location, long from, long timestampMs) {
        return search.firstReaching(location, from, timestampMs);
    }

    /**
     * The first batch with the largest timestamp of those that end above an offset. When it begins below the log start
     * the record with that timestamp may be missing, and a later batch have the largest of what is left.
     *
     * @return empty when there is none
     */
    public CompletableFuture<Optional<StoredBatch>> latestBatch(StreamLocation location, long from) {
        return search.latest(location, from);
    }
}
