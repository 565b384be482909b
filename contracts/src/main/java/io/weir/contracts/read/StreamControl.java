package io.weir.contracts.read;

import io.weir.contracts.identity.StreamLocation;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Changes to a stream that are not appends. Threading: as {@link TailReader}. */
public interface StreamControl {
    /**
     * Raises the stream's log start; lower values than the present one change nothing. What lies below can no longer be
     * read as soon as the future completes, and is deleted later.
     *
     * @param offset at most the stream's end, or the call fails with {@code IllegalArgumentException}
     * @return the log start after the command; empty when the stream is not here
     */
    CompletableFuture<Optional<Long>> trim(StreamLocation location, long offset);
}
