package io.weir.wal.move;

import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.wal.duty.Duty;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.Command.TrimPoint;
import io.weir.wal.entry.StreamRange;
import io.weir.wal.shard.CommandLine;
import io.weir.wal.shard.Neighbours;
import io.weir.wal.shard.ShardMachine;
import io.weir.wal.state.StreamTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after streams that left records here and went on at another shard, while this process leads the one they left:
 * each side hears of the other's log start, and what has nothing left here is forgotten.
 *
 * <p>A log start only rises, and the greater one is right: retention raises it where the records are, a client where
 * the stream is.
 *
 * <p>Threading: the duty by one thread; one round at a time.
 */
public final class StayKeeper implements Duty {
    /** Streams in one command. */
    static final int MAX_PER_COMMAND = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(StayKeeper.class);
    private static final Duration PACE = Duration.ofSeconds(15);

    private final MetadataSource metadata;
    private final ShardMachine machine;
    private final CommandLine commands;
    private final Neighbours neighbours;
    private final Runnable signal;
    /** Since when nothing is left here of a stream, as far as it was seen. */
    private final Map<Long, Long> overSinceNanos = new HashMap<>();

    private @Nullable CompletableFuture<?> running;

    /** @param signal called when the duty has something to do */
    public StayKeeper(
            MetadataSource metadata,
            ShardMachine machine,
            CommandLine commands,
            Neighbours neighbours,
            Runnable signal) {
        this.metadata = metadata;
        this.machine = machine;
        this.commands = commands;
        this.neighbours = neighbours;
        this.signal = signal;
    }

    @Override
    public long work(long nowNanos) {
        CompletableFuture<?> round = running;
        if (round != null) {
            if (!round.isDone()) {
                return UNTIL_SIGNALLED;
            }
            running = null;
            finish(round);
            return PACE.toNanos();
        }
        if (!machine.leads() || machine.moves().departed().isEmpty()) {
            overSinceNanos.clear();
            return UNTIL_SIGNALLED;
        }
        List<CompletableFuture<?>> steps = look(nowNanos);
        if (steps.isEmpty()) {
            return PACE.toNanos();
        }
        CompletableFuture<Void> all = CompletableFuture.allOf(steps.toArray(CompletableFuture[]::new));
        running = all;
        var _ = all.whenComplete((done, failure) -> signal.run());
        return UNTIL_SIGNALLED;
    }

    private List<CompletableFuture<?>> look(long nowNanos) {
        MetadataImage image = metadata.image();
        List<TrimPoint> here = new ArrayList<>();
        Map<CommandLine, List<TrimPoint>> there = new HashMap<>();
        List<Long> over = new ArrayList<>();
        for (long stream : machine.moves().departed().keySet()) {
            Optional<StreamLocation> at = location(image, stream);
            if (machine.open().find(stream) != null || at.isEmpty()) {
                continue;
            }
            OptionalLong start = logStart(at.get());
            Optional<CommandLine> line = neighbours.commands(at.get().shard());
            if (start.isEmpty() || line.isEmpty()) {
                continue;
            }
            Extent extent = extent(stream);
            if (start.getAsLong() > extent.logStart() && extent.logStart() < extent.end()) {
                here.add(new TrimPoint(new StreamId(stream), start.getAsLong()));
            } else if (extent.logStart() > start.getAsLong()) {
                there.computeIfAbsent(line.get(), shard -> new ArrayList<>())
                        .add(new TrimPoint(new StreamId(stream), extent.logStart()));
            } else if (extent.logStart() >= extent.end()) {
                over.add(stream);
            }
        }
        List<CompletableFuture<?>> steps = new ArrayList<>();
        if (!here.isEmpty()) {
            steps.add(commands.submit(new Command.Trim(false, first(here))));
        }
        there.forEach((line, points) -> steps.add(line.submit(new Command.Trim(false, first(points)))));
        List<Long> forgettable = forLong(over, nowNanos);
        if (!forgettable.isEmpty()) {
            steps.add(commands.submit(new Command.ForgetStreams(first(forgettable))));
        }
        return steps;
    }

    /** A stream that was just released is looked for here by whoever has not heard of it, and is to be sent on. */
    private List<Long> forLong(List<Long> over, long nowNanos) {
        overSinceNanos.keySet().retainAll(new HashSet<>(over));
        return over.stream()
                .filter(stream ->
                        nowNanos - overSinceNanos.computeIfAbsent(stream, found -> nowNanos) >= PACE.toNanos())
                .toList();
    }

    private static <T> List<T> first(List<T> all) {
        return all.subList(0, Math.min(all.size(), MAX_PER_COMMAND));
    }

    private record Extent(long logStart, long end) {}

    private Extent extent(long stream) {
        return machine.locked(() -> {
            StreamTable streams = machine.state().streams();
            int row = streams.find(stream);
            return row == StreamTable.NONE ? new Extent(0, 0) : new Extent(streams.logStart(row), streams.next(row));
        });
    }

    private static Optional<StreamLocation> location(MetadataImage image, long stream) {
        StreamId id = new StreamId(stream);
        return image.topicOf(id)
                .flatMap(topic -> topic.blockOf(id))
                .map(block -> new StreamLocation(id, block.shard(), block.incarnation()));
    }

    /** As this process's replica of the shard has it: perhaps late, never too high. */
    private OptionalLong logStart(StreamLocation at) {
        return neighbours
                .machine(at.shard())
                .map(other -> other.locked(() -> {
                    StreamRange open = other.open().find(at.stream().value());
                    if (open == null || open.incarnation() != at.incarnation().value()) {
                        return OptionalLong.empty();
                    }
                    StreamTable streams = other.state().streams();
                    int row = streams.find(at.stream().value());
                    return OptionalLong.of(row == StreamTable.NONE ? 0 : streams.logStart(row));
                }))
                .orElse(OptionalLong.empty());
    }

    private void finish(CompletableFuture<?> round) {
        try {
            round.join();
        } catch (CompletionException | CancellationException e) {
            ServiceException cause = ServiceException.of(e);
            LOG.atInfo()
                    .addKeyValue("shard", machine.shard())
                    .addKeyValue("failureCode", cause.code().label())
                    .addKeyValue("cause", cause.getMessage())
                    .log("Log starts of streams that left are told later");
        }
    }
}
