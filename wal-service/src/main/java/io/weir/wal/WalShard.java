package io.weir.wal;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.consensus.Consensus;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.MovePlans;
import io.weir.contracts.segment.SegmentWriter;
import io.weir.wal.append.AppendMeter;
import io.weir.wal.append.Appender;
import io.weir.wal.duty.Duty;
import io.weir.wal.duty.Worker;
import io.weir.wal.flush.FlushMeter;
import io.weir.wal.flush.Flusher;
import io.weir.wal.move.Mover;
import io.weir.wal.move.StayKeeper;
import io.weir.wal.read.LogReader;
import io.weir.wal.read.ShardReader;
import io.weir.wal.read.SpillReader;
import io.weir.wal.reconcile.Reconciler;
import io.weir.wal.shard.CommandLine;
import io.weir.wal.shard.Neighbours;
import io.weir.wal.shard.SegmentsOfShard;
import io.weir.wal.shard.ShardMachine;
import io.weir.wal.snapshot.SnapshotCycle;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.ToDoubleFunction;

/**
 * One shard and everything that works for it.
 *
 * <p>Threading: appends are submitted by a platform thread of their own; flushing, snapshots, reconciling and reads of
 * the log by one virtual thread each. All are parked while there is nothing to do.
 */
final class WalShard implements ShardMachine.Listener, AutoCloseable {
    private final ShardMachine machine;
    private final ConsensusGroup group;
    private final MetadataSource metadata;
    private final CommandLine commands;
    private final Appender appender;
    private final Flusher flusher;
    private final SnapshotCycle snapshots;
    private final Reconciler reconciler;
    private final SpillReader spill;
    private final ShardReader reader;
    private final SegmentsOfShard segments;
    private final MetadataSource.Subscription subscription;
    private final List<Worker> workers;
    private final Worker appending;
    private final Worker flushing;
    private final Worker snapshotting;
    private final Worker reconciling;
    private final Worker spilling;
    private final Worker moving;
    private final Worker keeping;

    /** What every shard of a process shares. */
    record Surroundings(
            WalConfig config,
            Consensus consensus,
            MetadataSource metadata,
            MovePlans moves,
            Neighbours neighbours,
            SegmentWriter writer,
            MeterRegistry registry,
            InstantSource clock,
            Executor executor) {}

    WalShard(ShardId shard, Surroundings around) {
        WalConfig config = around.config();
        metadata = around.metadata();
        machine = new ShardMachine(shard, config.tailBytes());
        group = around.consensus().open("wal-" + shard.value(), machine);
        commands = new CommandLine(group, around.clock(), around.executor());
        LogReader log = new LogReader(group);
        spill = new SpillReader(log, () -> signal(Part.SPILL));
        reader = new ShardReader(machine, group, spill, around.neighbours());
        segments = new SegmentsOfShard(machine, commands, around.neighbours());
        appender = new Appender(
                new Appender.Surroundings(
                        machine, group, around.clock(), System::nanoTime, new AppendMeter(around.registry(), shard)),
                config.appendLimits(),
                this::isPlacedHere,
                () -> signal(Part.APPEND));
        snapshots = new SnapshotCycle(
                machine,
                group,
                config.effectiveSnapshotBytes(),
                around.registry(),
                () -> signal(Part.FLUSH),
                () -> signal(Part.SNAPSHOT));
        flusher = new Flusher(
                new Flusher.Surroundings(
                        machine, around.writer(), commands, log, new FlushMeter(around.registry(), shard)),
                config.flushPolicy(),
                snapshots::waitsForFlush,
                () -> signal(Part.FLUSH));
        reconciler = new Reconciler(metadata, machine, commands, () -> signal(Part.RECONCILE));
        Mover mover = new Mover(
                new Mover.Surroundings(
                        metadata, around.moves(), machine, commands, around.neighbours(), flusher::flushThrough),
                () -> signal(Part.MOVE));
        StayKeeper keeper = new StayKeeper(metadata, machine, commands, around.neighbours(), () -> signal(Part.KEEP));
        appending = worker(Thread.ofPlatform().daemon(), "append", appender);
        flushing = worker(Thread.ofVirtual(), "flush", flusher);
        snapshotting = worker(Thread.ofVirtual(), "snapshot", snapshots);
        reconciling = worker(Thread.ofVirtual(), "reconcile", reconciler);
        spilling = worker(Thread.ofVirtual(), "spill", spill);
        moving = worker(Thread.ofVirtual(), "move", mover);
        keeping = worker(Thread.ofVirtual(), "stays", keeper);
        workers = List.of(appending, flushing, snapshotting, reconciling, spilling, moving, keeping);
        registerGauges(around.registry());
        registerMoveGauges(around.registry());
        registerBoundGauges(around.registry(), config);
        workers.forEach(Worker::start);
        machine.listener(this);
        subscription = metadata.subscribe((image, changed, deleted) -> {
            reconciler.look();
            signal(Part.MOVE);
        });
        leadershipChanged(machine.leadership());
    }

    private enum Part {
        APPEND,
        FLUSH,
        SNAPSHOT,
        RECONCILE,
        SPILL,
        MOVE,
        KEEP
    }

    private Worker worker(Thread.Builder builder, String name, Duty duty) {
        return new Worker(builder, "wal-" + machine.shard().value() + "-" + name, duty);
    }

    private void signal(Part part) {
        switch (part) {
            case APPEND -> appending.signal();
            case FLUSH -> flushing.signal();
            case SNAPSHOT -> snapshotting.signal();
            case RECONCILE -> reconciling.signal();
            case SPILL -> spilling.signal();
            case MOVE -> moving.signal();
            case KEEP -> keeping.signal();
        }
    }

    private boolean isPlacedHere(StreamLocation location) {
        return location.shard().equals(machine.shard())
                && metadata.image()
                        .topicOf(location.stream())
                        .flatMap(topic -> topic.blockOf(location.stream()))
                        .filter(block -> block.shard().equals(location.shard())
                                && block.incarnation().equals(location.incarnation()))
                        .isPresent();
    }

    private void registerGauges(MeterRegistry registry) {
        gauge(
                registry,
                "weir.tail.bytes",
                "Memory that the tail takes",
                shard -> shard.locked(() -> (double) shard.tail().bytes()));
        gauge(
                registry,
                "weir.tail.unflushed.bytes",
                "Bytes that are not in segments yet",
                shard -> shard.locked(() -> (double) shard.state().unflushedBytes()));
        gauge(
                registry,
                "weir.shard.segments",
                "Segments that are not in a manifest",
                shard -> shard.locked(
                        () -> (double) shard.state().view().segments().size()));
        gauge(
                registry,
                "weir.shard.manifests",
                "Manifests",
                shard -> shard.locked(
                        () -> (double) shard.state().view().manifests().size()));
        gauge(
                registry,
                "weir.shard.retired",
                "Objects that wait for their deletion",
                shard -> shard.locked(() -> (double) shard.state().retiredCount()));
        gauge(
                registry,
                "weir.shard.streams",
                "Streams that were written to",
                shard -> shard.locked(() -> (double) shard.state().streams().size()));
        gauge(
                registry,
                "weir.shard.producers",
                "Idempotent producers that are remembered",
                shard -> shard.locked(() -> (double) shard.state().producerCount()));
        gauge(
                registry,
                "weir.shard.workers.failing",
                "Threads of the shard whose last step failed unexpectedly",
                shard -> workers.stream()
                        .filter(worker -> worker.failure().isPresent())
                        .count());
        gauge(registry, "weir.shard.leads", "1 where this process leads the shard", shard -> shard.leads() ? 1 : 0);
        gauge(
                registry,
                "weir.shard.leader.known",
                "1 where some process is known to lead the shard",
                shard -> shard.hasLeader() ? 1 : 0);
    }

    private void registerMoveGauges(MeterRegistry registry) {
        gauge(
                registry,
                "weir.shard.streams.sealed",
                "Streams that take no appends because they are about to move",
                shard -> shard.moves().sealed().size());
        gauge(
                registry,
                "weir.shard.streams.departed",
                "Streams that moved to another shard, and left records here",
                shard -> shard.moves().departed().size());
    }

    private void registerBoundGauges(MeterRegistry registry, WalConfig config) {
        gauge(
                registry,
                "weir.tail.positions.bytes",
                "Memory that the positions of what is not in segments yet take",
                shard -> (double) shard.positionBytes());
        gauge(
                registry,
                "weir.tail.positions.max.bytes",
                "What these positions may take before appends are refused",
                shard -> (double) config.positionBytes());
        if (group.keepsLog()) {
            gauge(registry, "weir.wal.bytes", "Bytes of log on disk", shard -> (double) group.logBytes());
            gauge(registry, "weir.wal.max.bytes", "What the log may take on disk", shard ->
                    (double) config.walMaxBytes());
        }
    }

    private void gauge(MeterRegistry registry, String name, String description, ToDoubleFunction<ShardMachine> value) {
        Gauge.builder(name, machine, value)
                .description(description)
                .tag("shard", Integer.toString(machine.shard().value()))
                .strongReference(true)
                .register(registry);
    }

    @Override
    public void appended(long unflushedBytes, long unflushedBatches) {
        if (machine.leads() && flusher.isWorthSignal(unflushedBytes, unflushedBatches)) {
            flushing.signal();
        }
        signalSnapshots();
    }

    @Override
    public void flushed(long flushedUpTo) {
        signalSnapshots();
    }

    private void signalSnapshots() {
        if (snapshots.isWorthSignal(machine.flushedUpTo())) {
            snapshotting.signal();
        }
    }

    @Override
    public void streamsChanged() {
        appender.streamsChanged();
        reconciling.signal();
        signalSnapshots();
    }

    @Override
    public void streamsMoved() {
        streamsChanged();
        // A late step may have brought a stream whose topic is gone.
        reconciler.look();
        keeping.signal();
    }

    @Override
    public void leadershipChanged(Leadership leadership) {
        moving.signal();
        keeping.signal();
        appender.leadershipChanged();
        reconciler.look();
        flushing.signal();
        snapshotting.signal();
    }

    @Override
    public void restored() {
        streamsChanged();
        flushing.signal();
        snapshotting.signal();
    }

    /** Who leads the shard, if that is known; empty too for a group that can only have this one peer. */
    Optional<NodeId> leader() {
        return switch (machine.leadership()) {
            case Leadership.Leading leading ->
                group.membership().map(membership -> membership.self().node());
            case Leadership.Following(Optional<Leader> leader) -> leader.map(Leader::node);
        };
    }

    Appender appender() {
        return appender;
    }

    ShardReader reader() {
        return reader;
    }

    SegmentsOfShard segments() {
        return segments;
    }

    CommandLine commands() {
        return commands;
    }

    ShardMachine machine() {
        return machine;
    }

    Flusher flusher() {
        return flusher;
    }

    /** Why one of the threads does not get on, or nothing is accepted; empty when all is well. */
    Optional<String> failure() {
        return workers.stream()
                .flatMap(worker -> worker.failure().stream())
                .findFirst()
                .or(() -> machine.hasLeader()
                        ? Optional.empty()
                        : Optional.of("shard " + machine.shard().value() + " has no leader"));
    }

    /** Ends the threads; what was submitted is still answered. The group stays open: its owner closes it. */
    @Override
    public void close() {
        subscription.close();
        workers.forEach(Worker::close);
        machine.close();
        appender.close();
        spill.close();
        snapshots.close();
    }
}
