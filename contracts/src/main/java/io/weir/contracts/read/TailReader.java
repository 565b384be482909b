package io.weir.contracts.read;

import io.weir.contracts.identity.StreamLocation;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Reads what a shard has committed.
 *
 * <p>Threading: any thread; never blocks. Futures complete on a thread of the shard's that must not be blocked. Failed
 * dependencies complete them with a {@link io.weir.contracts.failure.ServiceException}.
 */
public interface TailReader {
    /**
     * The stream's ends as this process knows them now: perhaps late, never wrong. Empty when the stream is not here.
     */
    Optional<StreamBounds> bounds(StreamLocation location);

    /**
     * The stream's ends, confirmed at the shard's leader after the call was made. Empty when the stream is not there.
     */
    CompletableFuture<Optional<StreamBounds>> confirmedBounds(StreamLocation location);

    /**
     * Reads batches from the wanted offset on.
     *
     * @param maxBytes how much is wanted: the first batch comes whole, however big it is; others only while they fit
     */
    CompletableFuture<TailRead> read(StreamLocation location, long offset, int maxBytes);

    /**
     * Calls back once, as soon as the stream's end is above {@code offset}, or when the stream leaves this process;
     * immediately, on the calling thread, when that is so already. The callback must be short and must not block.
     *
     * @return to be closed when the caller no longer waits; closing it after the call does nothing
     */
    Watch watch(StreamLocation location, long offset, Runnable callback);

    /** A wait that can be given up. */
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }
}
