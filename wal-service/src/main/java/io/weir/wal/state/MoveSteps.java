package io.weir.wal.state;

import io.weir.wal.entry.Command;
import io.weir.wal.entry.HandedStream;
import io.weir.wal.entry.Stay;
import io.weir.wal.entry.StreamRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * The steps of moves, as one shard takes them. Each may come again, and late: a repeated one changes nothing more, and
 * one of a move that a newer one has followed, or that is over here, begins nothing.
 *
 * <p>Threading: the shard's one writer.
 */
final class MoveSteps {
    private final StreamTable streams;
    private final ProducerTable producers;
    private StreamMoves moves = StreamMoves.NONE;

    MoveSteps(StreamTable streams, ProducerTable producers) {
        this.streams = streams;
        this.producers = producers;
    }

    /** What a step comes to: the streams that are open after it, and the reply. */
    record Taken(OpenRanges open, Reply reply) {}

    StreamMoves moves() {
        return moves;
    }

    void restore(StreamMoves restored) {
        moves = restored;
    }

    /** Whether the stream's history tells of what is below this log start. */
    boolean remembersBelow(long stream, long logStart) {
        List<Stay> stays = moves.history(stream);
        return !stays.isEmpty() && stays.getFirst().to() <= logStart;
    }

    void trimmed(Map<Long, Long> logStarts) {
        moves = moves.trimmed(logStarts);
    }

    void deleted(List<Command.StreamSpan> spans) {
        if (!moves.equals(StreamMoves.NONE)) {
            moves = moves.change(draft -> spans.forEach(span -> draft.delete(span.first(), span.end())));
        }
    }

    Reply seal(OpenRanges open, Command.SealStreams command) {
        if (moves.isOver(command.move())) {
            return Reply.Step.refused("Move " + command.move() + " is over");
        }
        for (long stream : command.streams()) {
            if (open.find(stream) == null) {
                return Reply.Step.refused("Stream " + stream + " is not open");
            }
            if (moves.history(stream).size() >= HandedStream.MAX_STAYS) {
                return Reply.Step.refused("Stream " + stream + " has records at " + HandedStream.MAX_STAYS
                        + " shards already; retention has to take the oldest first");
            }
        }
        moves = moves.change(draft -> {
            draft.step(command.move());
            command.streams().forEach(stream -> draft.seal(stream, command.move()));
        });
        return Reply.Step.TAKEN;
    }

    /** Whether all that was appended to the stream here is in segments. */
    boolean isFlushed(long stream) {
        int row = streams.find(stream);
        return row == StreamTable.NONE || streams.flushedNext(row) == streams.next(row);
    }

    /** What the shard that a sealed stream moves to has to know; empty while some of it is not in segments. */
    Optional<HandedStream> handed(ShardState state, long stream) {
        StreamRange range = state.open().find(stream);
        int row = streams.find(stream);
        if (range == null || !moves.isSealed(stream) || !isFlushed(stream)) {
            return Optional.empty();
        }
        long logStart = row == StreamTable.NONE ? 0 : streams.logStart(row);
        long next = row == StreamTable.NONE ? 0 : streams.next(row);
        List<Stay> stays = new ArrayList<>(StreamMoves.above(moves.history(stream), logStart));
        long from = moves.arrivedAt(stream);
        if (next > Math.max(from, logStart)) {
            stays.add(new Stay(state.shard(), from, next, state.flushedUpTo()));
        }
        return Optional.of(new HandedStream(
                new StreamRange(stream, 1, range.incarnation() + 1, range.tenant()),
                logStart,
                next,
                stays,
                state.forgottenProducers(),
                row == StreamTable.NONE ? List.of() : producers.ofStream(row)));
    }

    Taken receive(OpenRanges open, Command.ReceiveStream command, long timeMs) {
        HandedStream handed = command.handed();
        StreamRange present = open.find(handed.stream());
        // Of a move that took no step here before it is what another has left, and its end an earlier one.
        boolean repeated = moves.newest() >= command.move();
        if (present != null
                && repeated
                && present.incarnation() == handed.range().incarnation()) {
            return new Taken(open, Reply.Step.TAKEN);
        }
        if (present != null || moves.isOver(command.move())) {
            return new Taken(
                    open,
                    Reply.Step.refused("Stream " + handed.stream() + " cannot be received by move " + command.move()
                            + ": " + (present == null ? "it is over" : "it is open already")));
        }
        if (!producers.hasRoomFor(handed.producers().size())) {
            return new Taken(
                    open, Reply.Step.refused("There is no room for the producers of stream " + handed.stream()));
        }
        int row = streams.find(handed.stream());
        if (handed.next() > 0 || row != StreamTable.NONE) {
            row = row == StreamTable.NONE ? streams.findOrAdd(handed.stream()) : row;
            streams.logStart(row, Math.min(handed.next(), Math.max(streams.logStart(row), handed.logStart())));
            streams.next(row, handed.next());
            streams.flushedNext(row, handed.next());
            producers.receive(row, handed.producers(), timeMs);
        }
        producers.forgottenAtLeast(handed.forgottenProducers());
        moves = moves.change(draft -> {
            draft.step(command.move());
            draft.history(handed.stream(), handed.stays());
        });
        return new Taken(open.plus(List.of(handed.range())), Reply.Step.TAKEN);
    }

    /** @param left called with each stream that leaves, before its row changes */
    Taken release(OpenRanges open, Command.ReleaseStreams command, LongConsumer left) {
        if (moves.isLate(command.move())) {
            return new Taken(open, Reply.Step.TAKEN);
        }
        List<Long> leaving = sealedBy(command.move());
        for (long stream : leaving) {
            if (!isFlushed(stream)) {
                return new Taken(open, Reply.Step.refused("Stream " + stream + " is not in segments"));
            }
        }
        List<Command.StreamSpan> spans = new ArrayList<>();
        StreamMoves before = moves;
        moves = before.change(draft -> {
            draft.end(command.move());
            for (long stream : leaving) {
                StreamRange range = open.find(stream);
                draft.unseal(stream);
                draft.history(stream, List.of());
                draft.depart(stream, range == null ? null : leave(before, stream, range.incarnation(), left));
                spans.add(new Command.StreamSpan(stream, 1));
            }
        });
        return new Taken(open.minus(spans), Reply.Step.TAKEN);
    }

    /** What is left here of a stream that goes. */
    private StreamMoves.Departed leave(StreamMoves before, long stream, int incarnation, LongConsumer left) {
        left.accept(stream);
        int row = streams.find(stream);
        if (row == StreamTable.NONE) {
            return new StreamMoves.Departed(incarnation, 0);
        }
        StreamMoves.Departed earlier = before.departure(stream);
        long endBefore = earlier == null ? 0 : earlier.end();
        boolean wrote = streams.next(row) > before.arrivedAt(stream);
        long end = wrote ? streams.next(row) : endBefore;
        settle(row, end);
        return new StreamMoves.Departed(incarnation, end);
    }

    /** Of a stream that is not here now, the row tells only what its records here are. */
    private void settle(int row, long end) {
        producers.handOver(row);
        streams.logStart(row, Math.min(streams.logStart(row), end));
        streams.next(row, end);
        streams.flushedNext(row, end);
    }

    Reply unseal(Command.UnsealStreams command) {
        boolean begun = moves.newest() >= command.move();
        if (!moves.isLate(command.move())) {
            List<Long> sealed = sealedBy(command.move());
            moves = moves.change(draft -> {
                draft.end(command.move());
                sealed.forEach(draft::unseal);
            });
        }
        return begun ? Reply.Step.TAKEN : Reply.NeverBegun.NEVER_BEGUN;
    }

    private List<Long> sealedBy(long move) {
        return moves.sealed().entrySet().stream()
                .filter(stream -> stream.getValue() == move)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** @param left as for {@link #release} */
    Taken cancel(OpenRanges open, Command.CancelMove command, LongConsumer left) {
        if (moves.isLate(command.move())) {
            return new Taken(open, Reply.Step.TAKEN);
        }
        List<Command.StreamSpan> spans = new ArrayList<>();
        for (StreamRange wanted : command.streams()) {
            StreamRange present = open.find(wanted.first());
            if (present != null && present.incarnation() == wanted.incarnation()) {
                spans.add(new Command.StreamSpan(wanted.first(), 1));
                takeBack(wanted.first(), left);
            }
        }
        moves = moves.change(draft -> {
            draft.end(command.move());
            spans.forEach(span -> draft.history(span.first(), List.of()));
        });
        return new Taken(spans.isEmpty() ? open : open.minus(spans), Reply.Step.TAKEN);
    }

    /** Nothing was appended since it was received: what it was before is known from its earlier stay here, if any. */
    private void takeBack(long stream, LongConsumer left) {
        left.accept(stream);
        int row = streams.find(stream);
        if (row == StreamTable.NONE) {
            return;
        }
        StreamMoves.Departed earlier = moves.departure(stream);
        settle(row, earlier == null ? 0 : earlier.end());
        if (earlier == null) {
            streams.remove(row);
        }
    }

    Reply forget(OpenRanges open, Command.ForgetStreams command) {
        List<Long> over = command.streams().stream()
                .filter(stream -> moves.departure(stream) != null && open.find(stream) == null && !holds(stream))
                .toList();
        if (!over.isEmpty()) {
            moves = moves.change(draft -> over.forEach(stream -> draft.depart(stream, null)));
        }
        for (long stream : over) {
            int row = streams.find(stream);
            if (row != StreamTable.NONE) {
                streams.remove(row);
            }
        }
        return Reply.Done.DONE;
    }

    private boolean holds(long stream) {
        int row = streams.find(stream);
        return row != StreamTable.NONE && streams.logStart(row) < streams.next(row);
    }
}
