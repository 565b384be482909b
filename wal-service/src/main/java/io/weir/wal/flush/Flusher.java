package io.weir.wal.flush;

import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.SegmentWriter;
import io.weir.contracts.segment.SegmentWriter.StreamRun;
import io.weir.wal.duty.Duty;
import io.weir.wal.entry.Command;
import io.weir.wal.read.LogReader;
import io.weir.wal.shard.CommandLine;
import io.weir.wal.shard.ShardMachine;
import io.weir.wal.state.Reply;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flushes a shard's tail while this process leads it: plans, has the segment written, commits it in the shard's log.
 * One flush at a time. A failed write is tried again later with a new plan; appends and reads go on meanwhile.
 *
 * <p>A flush belongs to the term that it was begun in: its commit is refused in any other. What is left out of its
 * segment is what the state did not want at one of several looks, and in a later term that state may have been an older
 * one for a while, which did not know of what was acknowledged.
 *
 * <p>Threading: the duty by one thread, which may block reading the log.
 */
public final class Flusher implements Duty {
    private static final Logger LOG = LoggerFactory.getLogger(Flusher.class);
    private static final long FIRST_BACK_OFF_NANOS = Duration.ofMillis(200).toNanos();
    private static final long LAST_BACK_OFF_NANOS = Duration.ofSeconds(15).toNanos();

    private final ShardMachine machine;
    private final SegmentWriter writer;
    private final CommandLine commands;
    private final LogReader log;
    private final FlushPolicy policy;
    private final FlushMeter meter;
    private final BooleanSupplier urgent;
    private final Runnable signal;

    private Stage stage = new Idle();
    /** In which the stage was begun. */
    private long term;

    private long backOffNanos = FIRST_BACK_OFF_NANOS;
    private volatile boolean pending;
    private long pendingSinceNanos;
    /**
     * Only rises: what was once wanted stays so until it is flushed, and what comes behind it is not wanted with it.
     */
    private final AtomicLong wantedThrough = new AtomicLong(-1);

    private sealed interface Stage {}

    private record Idle() implements Stage {}

    private record Writing(FlushPlan plan, CompletableFuture<SegmentRef> segment) implements Stage {}

    private record Committing(Command.SegmentsCommitted command, CompletableFuture<Reply> reply) implements Stage {}

    /** @param retried the commit whose outcome is not known; null when the flush begins anew */
    private record BackingOff(long untilNanos, Command.@Nullable SegmentsCommitted retried) implements Stage {}

    /** What a flusher works with. */
    public record Surroundings(
            ShardMachine machine, SegmentWriter writer, CommandLine commands, LogReader log, FlushMeter meter) {}

    /** @param urgent whether the flushed end should move although nothing waits: a snapshot depends on it */
    public Flusher(Surroundings surroundings, FlushPolicy policy, BooleanSupplier urgent, Runnable signal) {
        this.machine = surroundings.machine();
        this.writer = surroundings.writer();
        this.commands = surroundings.commands();
        this.log = surroundings.log();
        this.meter = surroundings.meter();
        this.policy = policy;
        this.urgent = urgent;
        this.signal = signal;
    }

    /** Flushes what waits as soon as possible, however little it is. */
    public void flushSoon() {
        if (machine.unflushedBatches() > 0) {
            flushThrough(machine.locked(() -> machine.state().applied()));
        }
    }

    /** Flushes what was appended up to this log index as soon as possible. */
    public void flushThrough(long index) {
        wantedThrough.accumulateAndGet(index, Math::max);
        signal.run();
    }

    /** Whether a signal is worth it now, for who appends. */
    public boolean isWorthSignal(long unflushedBytes, long unflushedBatches) {
        return !pending || policy.isFull(unflushedBytes, unflushedBatches);
    }

    @Override
    public long work(long nowNanos) {
        if (!(machine.leadership() instanceof Leadership.Leading(long led))) {
            stage = new Idle();
            pending = false;
            meter.pendingSince(0);
            return UNTIL_SIGNALLED;
        }
        if (led != term) {
            stage = new Idle();
            term = led;
        }
        return switch (stage) {
            case Idle idle -> begin(nowNanos);
            case Writing writing -> writing.segment().isDone() ? written(writing, nowNanos) : UNTIL_SIGNALLED;
            case Committing committing ->
                committing.reply().isDone() ? committed(committing, nowNanos) : UNTIL_SIGNALLED;
            case BackingOff backingOff -> backOff(backingOff, nowNanos);
        };
    }

    private long begin(long nowNanos) {
        boolean waited = pending;
        // Before looking: who appends after the look must find it unset, and signal.
        pending = false;
        long bytes = machine.locked(() -> machine.state().unflushedBytes());
        long batches = machine.unflushedBatches();
        boolean now = batches == 0 && urgent.getAsBoolean();
        if (batches == 0 && !now) {
            meter.pendingSince(0);
            return UNTIL_SIGNALLED;
        }
        pending = true;
        if (!waited) {
            pendingSinceNanos = nowNanos;
            meter.pendingSince(nowNanos);
        }
        long left = policy.nanosLeft(bytes, batches, nowNanos - pendingSinceNanos);
        boolean idle = left <= 0 && !policy.isFull(bytes, batches);
        if (left > 0 && !now && machine.flushedUpTo() >= wantedThrough.get()) {
            return left;
        }
        FlushPlan plan = FlushPlan.make(machine, policy, now);
        if (plan == null) {
            // What waited has been flushed meanwhile: a look that finds nothing pending lets appends signal again.
            return now ? UNTIL_SIGNALLED : 0;
        }
        if (idle) {
            machine.dropCachedAfterFlush();
        }
        return write(plan, nowNanos);
    }

    private long write(FlushPlan plan, long nowNanos) {
        List<StreamRun> runs;
        try {
            runs = plan.runs(machine, log);
        } catch (ServiceException e) {
            return failed("Cannot read the tail back from the log", e, null, nowNanos);
        }
        if (runs.isEmpty()) {
            return commit(new Command.SegmentsCommitted(plan.range(), Optional.empty()));
        }
        CompletableFuture<SegmentRef> segment = writer.write(machine.shard(), term, plan.range(), runs);
        stage = new Writing(plan, segment);
        return signalled(segment);
    }

    private long written(Writing writing, long nowNanos) {
        SegmentRef segment;
        try {
            segment = writing.segment().join();
        } catch (CompletionException | CancellationException e) {
            return failed("Cannot write a segment", ServiceException.of(e), null, nowNanos);
        }
        meter.written(segment.sizeBytes());
        return commit(new Command.SegmentsCommitted(writing.plan().range(), Optional.of(segment)));
    }

    private long commit(Command.SegmentsCommitted command) {
        CompletableFuture<Reply> reply = commands.submitNow(command, term);
        stage = new Committing(command, reply);
        return signalled(reply);
    }

    private long committed(Committing committing, long nowNanos) {
        Reply reply;
        try {
            reply = committing.reply().join();
        } catch (CompletionException | CancellationException e) {
            return failed("Cannot commit a segment", ServiceException.of(e), committing.command(), nowNanos);
        }
        if (reply instanceof Reply.Flushed flushed && !flushed.accepted()) {
            LOG.atInfo()
                    .addKeyValue("shard", machine.shard())
                    .addKeyValue("flushedUpTo", flushed.flushedUpTo())
                    .log("A segment was not the next one; its object is left to garbage collection");
        }
        backOffNanos = FIRST_BACK_OFF_NANOS;
        stage = new Idle();
        pendingSinceNanos = nowNanos;
        meter.committed();
        meter.pendingSince(nowNanos);
        return 0;
    }

    private long backOff(BackingOff backingOff, long nowNanos) {
        long left = backingOff.untilNanos() - nowNanos;
        if (left > 0) {
            return left;
        }
        if (backingOff.retried() != null) {
            return commit(backingOff.retried());
        }
        stage = new Idle();
        return 0;
    }

    private long failed(String what, ServiceException e, Command.@Nullable SegmentsCommitted retried, long nowNanos) {
        meter.failed(e.code());
        LOG.atWarn()
                .addKeyValue("shard", machine.shard())
                .addKeyValue("failureCode", e.code().label())
                .addKeyValue("cause", e.getMessage())
                .addKeyValue("backOffMs", backOffNanos / 1_000_000)
                .log(what);
        stage = new BackingOff(nowNanos + backOffNanos, retried);
        long wait = backOffNanos;
        backOffNanos = Math.min(LAST_BACK_OFF_NANOS, backOffNanos * 2);
        return wait;
    }

    private long signalled(CompletableFuture<?> awaited) {
        if (awaited.isDone()) {
            return 0;
        }
        var _ = awaited.whenComplete((result, failure) -> signal.run());
        return UNTIL_SIGNALLED;
    }
}
