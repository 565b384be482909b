package io.weir.gateway.read;

import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.read.StreamBounds;
import io.weir.contracts.read.TailRead;
import io.weir.contracts.read.TailReader;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/** A shard that answers what a test has it answer, in order. */
final class ScriptedTail implements TailReader {
    final Queue<TailRead> answers = new ArrayDeque<>();
    /** What was read, in order. */
    final Queue<Long> offsets = new ArrayDeque<>();

    Optional<StreamBounds> confirmed = Optional.empty();
    Optional<ServiceException> unconfirmed = Optional.empty();
    private final StreamBounds seen;

    ScriptedTail(StreamBounds seen) {
        this.seen = seen;
    }

    @Override
    public Optional<StreamBounds> bounds(StreamLocation location) {
        return Optional.of(seen);
    }

    @Override
    public CompletableFuture<Optional<StreamBounds>> confirmedBounds(StreamLocation location) {
        return unconfirmed
                .<CompletableFuture<Optional<StreamBounds>>>map(CompletableFuture::failedFuture)
                .orElseGet(() -> CompletableFuture.completedFuture(confirmed));
    }

    @Override
    public CompletableFuture<TailRead> read(StreamLocation location, long offset, int maxBytes) {
        offsets.add(offset);
        return CompletableFuture.completedFuture(answers.remove());
    }

    @Override
    public Watch watch(StreamLocation location, long offset, Runnable callback) {
        return () -> {};
    }
}
