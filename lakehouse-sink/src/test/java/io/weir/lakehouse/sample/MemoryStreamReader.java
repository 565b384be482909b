package io.weir.lakehouse.sample;

import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.read.StreamBounds;
import io.weir.contracts.read.StreamRead;
import io.weir.contracts.read.StreamReader;
import io.weir.contracts.read.TailRead;
import io.weir.contracts.read.TailReader;
import io.weir.testsupport.streams.MemoryStreams;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * Streams in memory, as the sink sees them.
 *
 * @param present whether a stream is at a location; it is read nowhere else
 */
public record MemoryStreamReader(MemoryStreams streams, Predicate<StreamLocation> present) implements StreamReader {
    @Override
    public Optional<StreamBounds> bounds(StreamLocation location) {
        return streams.bounds(location);
    }

    @Override
    public CompletableFuture<Optional<StreamBounds>> confirmedBounds(StreamLocation location) {
        return streams.confirmedBounds(location);
    }

    @Override
    public TailReader.Watch watch(StreamLocation location, long offset, Runnable callback) {
        return streams.watch(location, offset, callback);
    }

    @Override
    public CompletableFuture<StreamRead> read(StreamLocation location, long offset, int maxBytes) {
        if (!present.test(location)) {
            return CompletableFuture.completedFuture(new StreamRead.NotHere(location + " is not the present one"));
        }
        return streams.read(location, offset, maxBytes).thenCompose(read -> switch (read) {
            case TailRead.Batches(var bounds, var batches) ->
                CompletableFuture.completedFuture(new StreamRead.Batches(bounds, batches));
            case TailRead.OutOfRange(var bounds) ->
                CompletableFuture.completedFuture(new StreamRead.OutOfRange(bounds));
            case TailRead.NotHere(String message) -> CompletableFuture.completedFuture(new StreamRead.NotHere(message));
            case TailRead.InSegments(var bounds, long flushedEnd, var segments) ->
                streams.read(segments, location.stream(), new OffsetRange(offset, flushedEnd), maxBytes)
                        .thenCompose(batches -> batches.isEmpty()
                                ? beyondTheGap(location, flushedEnd, maxBytes)
                                : CompletableFuture.completedFuture(new StreamRead.Batches(bounds, batches)));
        });
    }

    private CompletableFuture<StreamRead> beyondTheGap(StreamLocation location, long next, int maxBytes) {
        return read(location, next, maxBytes)
                .thenApply(read -> read instanceof StreamRead.Batches(var bounds, var batches) && batches.isEmpty()
                        ? new StreamRead.Gap(bounds, next)
                        : read);
    }
}
