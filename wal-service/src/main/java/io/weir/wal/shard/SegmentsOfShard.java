package io.weir.wal.shard;

import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.SegmentView;
import io.weir.contracts.segment.ShardSegments;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.Stay;
import io.weir.wal.entry.StreamRange;
import io.weir.wal.state.Reply;
import io.weir.wal.state.StreamTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * What housekeeping sees of a shard, and what it may ask of it: changes only where this process leads, though the group
 * would hand them to the leader, and only in the term in which they were decided upon. Who was deposed in the middle of
 * a pass shall not abort what the next one has begun, be it this very process.
 */
public final class SegmentsOfShard implements ShardSegments {
    /** Streams trimmed, or keys named, by one command. */
    static final int MAX_PER_COMMAND = 50_000;

    private final ShardMachine machine;
    private final CommandLine commands;
    private final Neighbours neighbours;

    /** @param neighbours the other shards of this process, where older or newer records of this one's streams are */
    public SegmentsOfShard(ShardMachine machine, CommandLine commands, Neighbours neighbours) {
        this.machine = machine;
        this.commands = commands;
        this.neighbours = neighbours;
    }

    @Override
    public ShardId shard() {
        return machine.shard();
    }

    @Override
    public Optional<Term> term() {
        return machine.leadership() instanceof Leadership.Leading(long number)
                ? Optional.of(new LedTerm(number))
                : Optional.empty();
    }

    @Override
    public SegmentView view() {
        return machine.locked(() -> machine.state().view());
    }

    @Override
    public long flushedUpTo() {
        return machine.flushedUpTo();
    }

    @Override
    public Optional<OffsetRange> flushedRange(StreamId stream) {
        return flushedRange(machine, stream);
    }

    private static Optional<OffsetRange> flushedRange(ShardMachine of, StreamId stream) {
        return of.locked(() -> {
            if (of.state().open().find(stream.value()) == null
                    && of.state().moves().departure(stream.value()) == null) {
                return Optional.empty();
            }
            StreamTable streams = of.state().streams();
            int row = streams.find(stream.value());
            if (row == StreamTable.NONE) {
                return Optional.of(new OffsetRange(0, 0));
            }
            long logStart = streams.logStart(row);
            return Optional.of(new OffsetRange(logStart, Math.max(logStart, streams.flushedNext(row))));
        });
    }

    @Override
    public Set<StreamId> departed() {
        return machine.moves().departed().keySet().stream()
                .filter(stream -> machine.open().find(stream) == null)
                .map(StreamId::new)
                .collect(Collectors.toSet());
    }

    /** Where a stream is, there its history is known: also to those that it left. */
    @Override
    public Optional<List<Elsewhere>> elsewhere(StreamLocation stream, OffsetRange offsets) {
        Optional<List<Stay>> history = machineOf(stream.shard()).flatMap(home -> history(home, stream));
        if (history.isEmpty()) {
            return Optional.empty();
        }
        List<Elsewhere> others = new ArrayList<>();
        for (Stay stay : history.get()) {
            long from = Math.max(stay.from(), offsets.from());
            long to = Math.min(stay.to(), offsets.to());
            if (from < to && !stay.shard().equals(machine.shard())) {
                Optional<ShardMachine> other = machineOf(stay.shard());
                if (other.isEmpty()
                        || !addLeft(other.get(), stream.stream(), stay, new OffsetRange(from, to), others)) {
                    return Optional.empty();
                }
            }
        }
        return Optional.of(others);
    }

    /** In one look: between two of them the other shard's group may have begun anew, and know less. */
    private static boolean addLeft(
            ShardMachine other, StreamId stream, Stay stay, OffsetRange written, List<Elsewhere> others) {
        return other.locked(() -> {
            boolean knows = knows(other, stay);
            if (knows) {
                left(other, stream, written).ifPresent(others::add);
            }
            return knows;
        });
    }

    private Optional<ShardMachine> machineOf(ShardId shard) {
        return shard.equals(machine.shard()) ? Optional.of(machine) : neighbours.machine(shard);
    }

    /** A late replica of the home knows more than is left of it, never less. */
    private static Optional<List<Stay>> history(ShardMachine home, StreamLocation stream) {
        long id = stream.stream().value();
        return home.locked(() -> {
            StreamRange open = home.state().open().find(id);
            return open != null && open.incarnation() == stream.incarnation().value()
                    ? Optional.of(home.state().moves().history(id))
                    : Optional.empty();
        });
    }

    /** Whether this process's replica has heard of all that was written. */
    private static boolean knows(ShardMachine other, Stay stay) {
        return other.locked(() -> other.isCaughtUp() && other.state().flushedUpTo() >= stay.flushedUpTo());
    }

    private static Optional<Elsewhere> left(ShardMachine other, StreamId stream, OffsetRange written) {
        return other.locked(() -> flushedRange(other, stream)
                .map(range -> Math.max(written.from(), range.from()))
                .filter(from -> from < written.to())
                .map(from -> new Elsewhere(
                        new OffsetRange(from, written.to()), other.state().view())));
    }

    @Override
    public List<RetiredObject> retired() {
        return machine.locked(() -> machine.state().retired());
    }

    @Override
    public List<CompactionIntent> intents() {
        return machine.locked(() -> machine.state().intents());
    }

    private final class LedTerm implements Term {
        private final long number;

        private LedTerm(long number) {
            this.number = number;
        }

        @Override
        public long number() {
            return number;
        }

        @Override
        public CompletableFuture<Void> announce(CompactionIntent intent) {
            return done(submit(new Command.AnnounceCompaction(intent)));
        }

        @Override
        public CompletableFuture<Void> abort(long intentId) {
            return done(submit(new Command.AbortCompaction(intentId)));
        }

        @Override
        public CompletableFuture<Boolean> replace(long intentId, Replacement replacement) {
            return submit(new Command.ReplaceRanges(intentId, replacement)).thenApply(reply -> switch (reply) {
                case Reply.Replaced replaced -> replaced.done();
                default -> throw unexpected(reply);
            });
        }

        @Override
        public CompletableFuture<Void> trim(Map<StreamId, Long> logStarts) {
            List<Command.TrimPoint> points = new ArrayList<>(logStarts.size());
            logStarts.forEach((stream, logStart) -> points.add(new Command.TrimPoint(stream, logStart)));
            CompletableFuture<Void> all = CompletableFuture.completedFuture(null);
            for (int from = 0; from < points.size(); from += MAX_PER_COMMAND) {
                List<Command.TrimPoint> part = points.subList(from, Math.min(points.size(), from + MAX_PER_COMMAND));
                all = all.thenCompose(before -> done(submit(new Command.Trim(false, part))));
            }
            return all;
        }

        @Override
        public CompletableFuture<Void> forget(List<ObjectKey> deleted) {
            return deleted.isEmpty()
                    ? CompletableFuture.completedFuture(null)
                    : done(submit(new Command.ForgetObjects(deleted)));
        }

        private CompletableFuture<Reply> submit(Command command) {
            return commands.submit(command, number);
        }
    }

    private static CompletableFuture<Void> done(CompletableFuture<Reply> reply) {
        return reply.thenAccept(ignored -> {});
    }

    private static ServiceException unexpected(Reply reply) {
        return new ServiceException(FailureCode.INTERNAL, "Unexpected reply " + reply);
    }
}
