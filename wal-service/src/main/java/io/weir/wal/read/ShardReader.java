package io.weir.wal.read;

import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.read.StreamBounds;
import io.weir.contracts.read.TailRead;
import io.weir.contracts.read.TailReader;
import io.weir.wal.entry.Stay;
import io.weir.wal.entry.StreamRange;
import io.weir.wal.shard.Neighbours;
import io.weir.wal.shard.ShardMachine;
import io.weir.wal.state.ShardState;
import io.weir.wal.state.StreamTable;
import io.weir.wal.tail.Tail;
import io.weir.wal.tail.Watches;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Reads of one shard, from this process's replica: a follower's end can be behind what clients have seen, so that a
 * read there is late, never wrong, and what must be current is confirmed at the leader.
 *
 * <p>A follower that is cut off goes on to serve what it has, for {@code ShardMachine.SERVES_WITHOUT_LEADER}; from then
 * on its streams are not here.
 */
public final class ShardReader implements TailReader {
    /** A read that meets a flush starts again; more often than this it can't. */
    private static final int MAX_TRIES = 3;

    private final ShardMachine machine;
    private final SpillReader spill;
    private final Barrier barrier;
    private final Neighbours neighbours;

    /** @param neighbours the other shards of this process: what a stream wrote there, it is read from there */
    public ShardReader(ShardMachine machine, ConsensusGroup group, SpillReader spill, Neighbours neighbours) {
        this.machine = machine;
        this.spill = spill;
        this.neighbours = neighbours;
        this.barrier = new Barrier(group);
    }

    /** What the lock-protected part of a read finds. */
    private sealed interface Found {
        record Answer(TailRead read) implements Found {}

        record InLog(StreamBounds bounds, List<Tail.SpilledBatch> batches) implements Found {}

        record Elsewhere(StreamBounds bounds, Stay stay) implements Found {}
    }

    @Override
    public Optional<StreamBounds> bounds(StreamLocation location) {
        return machine.locked(() -> servedBounds(location));
    }

    /** Under the lock. */
    private Optional<StreamBounds> servedBounds(StreamLocation location) {
        return machine.serves() ? boundsNow(location) : Optional.empty();
    }

    @Override
    public CompletableFuture<Optional<StreamBounds>> confirmedBounds(StreamLocation location) {
        return barrier.pass()
                .thenApply(confirmed -> machine.locked(() -> {
                    if (!machine.isCaughtUp()) {
                        throw new ServiceException(FailureCode.NOT_LEADER, machine.shard() + " is being replayed here");
                    }
                    // It may go on at another shard already: who asks for what is current asks again, there.
                    return machine.moves().isSealed(location.stream().value()) ? Optional.empty() : boundsNow(location);
                }));
    }

    private Optional<StreamBounds> boundsNow(StreamLocation location) {
        if (!isHere(location)) {
            return Optional.empty();
        }
        StreamTable streams = machine.state().streams();
        return Optional.of(boundsOf(streams, streams.find(location.stream().value())));
    }

    private boolean isHere(StreamLocation location) {
        StreamRange range = machine.open().find(location.stream().value());
        return range != null
                && range.incarnation() == location.incarnation().value()
                && location.shard().equals(machine.shard());
    }

    private static StreamBounds boundsOf(StreamTable streams, int row) {
        return row == StreamTable.NONE
                ? new StreamBounds(0, 0, 0)
                : new StreamBounds(streams.logStart(row), streams.next(row), streams.next(row));
    }

    @Override
    public CompletableFuture<TailRead> read(StreamLocation location, long offset, int maxBytes) {
        return read(location, offset, maxBytes, 1);
    }

    private CompletableFuture<TailRead> read(StreamLocation location, long offset, int maxBytes, int attempt) {
        return switch (machine.locked(() -> find(location, offset, maxBytes))) {
            case Found.Answer answer -> CompletableFuture.completedFuture(answer.read());
            case Found.Elsewhere(StreamBounds bounds, Stay stay) ->
                CompletableFuture.completedFuture(neighbours
                        .machine(stay.shard())
                        .map(other -> other.locked(() -> inSegmentsOf(other, bounds, stay)))
                        .orElseGet(() -> new TailRead.NotHere(stay.shard() + " is not in this process")));
            case Found.InLog inLog ->
                spill.read(inLog.batches())
                        .thenApply(batches -> (TailRead) new TailRead.Batches(inLog.bounds(), batches))
                        .exceptionallyCompose(failure ->
                                ServiceException.of(failure).code() == FailureCode.OBJECT_MISSING && attempt < MAX_TRIES
                                        ? read(location, offset, maxBytes, attempt + 1)
                                        : CompletableFuture.failedFuture(ServiceException.of(failure)));
        };
    }

    private Found find(StreamLocation location, long offset, int maxBytes) {
        if (!machine.serves()) {
            return new Found.Answer(new TailRead.NotHere(machine.shard() + " is not served by this process now"));
        }
        if (!isHere(location)) {
            return new Found.Answer(new TailRead.NotHere(location.stream() + " is not open at " + machine.shard()));
        }
        ShardState state = machine.state();
        StreamTable streams = state.streams();
        int row = streams.find(location.stream().value());
        StreamBounds bounds = boundsOf(streams, row);
        if (offset < bounds.logStart() || offset > bounds.end()) {
            return new Found.Answer(new TailRead.OutOfRange(bounds));
        }
        if (offset == bounds.end()) {
            return new Found.Answer(new TailRead.Batches(bounds, List.of()));
        }
        if (offset < state.moves().arrivedAt(location.stream().value())) {
            return writtenElsewhere(state, location, offset, bounds);
        }
        if (!machine.tail().contains(row, offset)) {
            assert offset < streams.flushedNext(row) : "Offset " + offset + " is nowhere";
            return new Found.Answer(new TailRead.InSegments(bounds, streams.flushedNext(row), state.view()));
        }
        return switch (machine.tail().slice(row, offset, maxBytes)) {
            case Tail.Slice.InMemory memory -> answer(bounds, memory.batches());
            case Tail.Slice.Spilled spilled -> new Found.InLog(bounds, spilled.batches());
        };
    }

    private static Found writtenElsewhere(ShardState state, StreamLocation location, long offset, StreamBounds bounds) {
        for (Stay stay : state.moves().history(location.stream().value())) {
            if (offset < stay.to()) {
                return new Found.Elsewhere(bounds, stay);
            }
        }
        throw new IllegalStateException("Offset " + offset + " of " + location + " was written nowhere");
    }

    /** Under the other shard's lock. A replica that has not come so far would take what it lacks for a gap. */
    private static TailRead inSegmentsOf(ShardMachine other, StreamBounds bounds, Stay stay) {
        ShardState state = other.state();
        return other.isCaughtUp() && state.flushedUpTo() >= stay.flushedUpTo()
                ? new TailRead.InSegments(bounds, stay.to(), state.view())
                : new TailRead.NotHere("What " + other.shard() + " has in segments is not known to this process yet");
    }

    private static Found answer(StreamBounds bounds, List<StoredBatches> batches) {
        return new Found.Answer(new TailRead.Batches(bounds, batches));
    }

    @Override
    public Watch watch(StreamLocation location, long offset, Runnable callback) {
        Optional<Watches.Waiting> waiting = machine.locked(() -> {
            Optional<StreamBounds> bounds = servedBounds(location);
            return bounds.isPresent() && bounds.get().end() <= offset
                    ? Optional.of(machine.watches().add(location.stream().value(), offset, callback))
                    : Optional.empty();
        });
        if (waiting.isEmpty()) {
            callback.run();
            return () -> {};
        }
        return () -> machine.locked(() -> {
            machine.watches().remove(waiting.get());
            return true;
        });
    }
}
