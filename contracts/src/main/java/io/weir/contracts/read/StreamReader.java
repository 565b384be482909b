package io.weir.contracts.read;

import io.weir.contracts.identity.StreamLocation;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Reads streams wherever their data is, in a shard's tail or in segments.
 *
 * <p>Threading: any thread; never blocks. Futures complete on a thread of the shard's or the object tier's, which must
 * not be blocked, exceptionally with a {@link io.weir.contracts.failure.ServiceException} when a dependency failed.
 */
public interface StreamReader {
    /** The stream's ends as this process knows them: perhaps late, never wrong. */
    Optional<StreamBounds> bounds(StreamLocation location);

    /** The stream's ends, confirmed at the shard's leader after the call was made. */
    CompletableFuture<Optional<StreamBounds>> confirmedBounds(StreamLocation location);

    /** As {@link TailReader#watch}. */
    TailReader.Watch watch(StreamLocation location, long offset, Runnable callback);

    /**
     * Reads batches from the wanted offset on. An offset is said to be out of range only when the leader has confirmed
     * it.
     *
     * @param maxBytes how much is wanted: the first batch comes whole, however big it is; others only while they fit
     */
    CompletableFuture<StreamRead> read(StreamLocation location, long offset, int maxBytes);
}
