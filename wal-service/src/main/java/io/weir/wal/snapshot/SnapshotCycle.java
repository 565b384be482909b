package io.weir.wal.snapshot;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.ConsensusGroup.PreparedSnapshot;
import io.weir.contracts.failure.ServiceException;
import io.weir.wal.duty.Duty;
import io.weir.wal.shard.ShardMachine;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prepares a snapshot when enough log has been applied since the last one, and publishes it once the flushed end has
 * passed it. On every peer alike: each purges its own log. Where no log is kept there is nothing to do.
 *
 * <p>Threading: the duty by one thread.
 */
public final class SnapshotCycle implements Duty {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotCycle.class);
    private static final long BACK_OFF_NANOS = Duration.ofSeconds(5).toNanos();

    private final ShardMachine machine;
    private final ConsensusGroup group;
    private final long everyBytes;
    private final Runnable flushWanted;
    private final Runnable signal;
    private final Counter published;
    private final Counter failures;

    private Stage stage = new Waiting();
    private volatile long preparedAtBytes;
    private volatile long awaitedFlush = -1;
    private volatile long lastPublishedNanos = System.nanoTime();

    private sealed interface Stage {}

    private record Waiting() implements Stage {}

    private record Preparing(CompletableFuture<PreparedSnapshot> snapshot) implements Stage {}

    private record Prepared(PreparedSnapshot snapshot) implements Stage {}

    private record Publishing(CompletableFuture<Void> done) implements Stage {}

    private record BackingOff(long untilNanos) implements Stage {}

    /**
     * @param everyBytes of applied log, from one snapshot to the next
     * @param flushWanted called when a finished snapshot waits for the flushed end to pass it
     */
    public SnapshotCycle(
            ShardMachine machine,
            ConsensusGroup group,
            long everyBytes,
            MeterRegistry registry,
            Runnable flushWanted,
            Runnable signal) {
        this.machine = machine;
        this.group = group;
        this.everyBytes = everyBytes;
        this.flushWanted = flushWanted;
        this.signal = signal;
        String shard = Integer.toString(machine.shard().value());
        published = registry.counter("weir.snapshot.published", "shard", shard);
        failures = registry.counter("weir.snapshot.failures", "shard", shard);
        if (group.keepsLog()) {
            registerGauges(registry, shard);
        }
    }

    private void registerGauges(MeterRegistry registry, String shard) {
        Gauge.builder("weir.snapshot.age", this, SnapshotCycle::ageSeconds)
                .description("Seconds since this process published a snapshot of the shard, or started")
                .tag("shard", shard)
                .strongReference(true)
                .register(registry);
        Gauge.builder("weir.snapshot.unsaved.bytes", this, SnapshotCycle::unsavedBytes)
                .description("Bytes of log applied since the last snapshot was begun")
                .tag("shard", shard)
                .strongReference(true)
                .register(registry);
    }

    /** Whether a finished snapshot waits for the flushed end to pass it. */
    public boolean waitsForFlush() {
        return awaitedFlush > machine.flushedUpTo();
    }

    /** Whether a signal is worth it now. */
    public boolean isWorthSignal(long flushedUpTo) {
        long awaited = awaitedFlush;
        return awaited >= 0 ? flushedUpTo >= awaited : isDue();
    }

    private boolean isDue() {
        return group.keepsLog() && machine.appliedBytes() - preparedAtBytes >= everyBytes;
    }

    @Override
    public long work(long nowNanos) {
        return switch (stage) {
            case Waiting waiting -> prepareIfDue();
            case Preparing preparing -> preparing.snapshot().isDone() ? prepared(preparing, nowNanos) : UNTIL_SIGNALLED;
            case Prepared prepared -> publishIfFlushed(prepared);
            case Publishing publishing ->
                publishing.done().isDone() ? published(publishing, nowNanos) : UNTIL_SIGNALLED;
            case BackingOff backingOff -> {
                if (nowNanos - backingOff.untilNanos() < 0) {
                    yield backingOff.untilNanos() - nowNanos;
                }
                stage = new Waiting();
                yield 0;
            }
        };
    }

    /** Deletes what was prepared in vain; the duty is no longer performed. */
    public void close() {
        if (stage instanceof Prepared prepared) {
            prepared.snapshot().discard();
        }
    }

    private long prepareIfDue() {
        if (!isDue()) {
            return UNTIL_SIGNALLED;
        }
        preparedAtBytes = machine.appliedBytes();
        CompletableFuture<PreparedSnapshot> snapshot = group.prepareSnapshot();
        stage = new Preparing(snapshot);
        return signalled(snapshot);
    }

    private long prepared(Preparing preparing, long nowNanos) {
        try {
            PreparedSnapshot snapshot = preparing.snapshot().join();
            stage = new Prepared(snapshot);
            awaitedFlush = snapshot.position().index();
            if (waitsForFlush()) {
                flushWanted.run();
            }
            return 0;
        } catch (CompletionException | CancellationException e) {
            return failed("Cannot write a snapshot", e, nowNanos);
        }
    }

    private long publishIfFlushed(Prepared prepared) {
        if (machine.flushedUpTo() < prepared.snapshot().position().index()) {
            return UNTIL_SIGNALLED;
        }
        awaitedFlush = -1;
        CompletableFuture<Void> done = prepared.snapshot().publish();
        stage = new Publishing(done);
        return signalled(done);
    }

    private long published(Publishing publishing, long nowNanos) {
        try {
            publishing.done().join();
        } catch (CompletionException | CancellationException e) {
            return failed("Cannot publish a snapshot", e, nowNanos);
        }
        published.increment();
        lastPublishedNanos = nowNanos;
        stage = new Waiting();
        return 0;
    }

    private long failed(String what, Exception cause, long nowNanos) {
        failures.increment();
        preparedAtBytes = machine.appliedBytes() - everyBytes;
        LOG.atWarn()
                .addKeyValue("shard", machine.shard())
                .addKeyValue("failureCode", ServiceException.of(cause).code().label())
                .addKeyValue("cause", ServiceException.of(cause).getMessage())
                .log(what);
        stage = new BackingOff(nowNanos + BACK_OFF_NANOS);
        return BACK_OFF_NANOS;
    }

    private long signalled(CompletableFuture<?> awaited) {
        if (awaited.isDone()) {
            return 0;
        }
        var _ = awaited.whenComplete((result, failure) -> signal.run());
        return UNTIL_SIGNALLED;
    }

    private double ageSeconds() {
        return (System.nanoTime() - lastPublishedNanos) / 1e9;
    }

    private double unsavedBytes() {
        return machine.appliedBytes() - preparedAtBytes;
    }
}
