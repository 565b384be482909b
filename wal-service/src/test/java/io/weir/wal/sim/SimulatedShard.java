package io.weir.wal.sim;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.MovePlans;
import io.weir.contracts.segment.SegmentWriter;
import io.weir.wal.append.AppendLimits;
import io.weir.wal.append.AppendMeter;
import io.weir.wal.append.Appender;
import io.weir.wal.duty.Duty;
import io.weir.wal.entry.ProducerLimits;
import io.weir.wal.flush.FlushMeter;
import io.weir.wal.flush.FlushPolicy;
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
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** One life of a shard's process, wired as in production but without threads. */
final class SimulatedShard implements ShardMachine.Listener {
    static final int TAIL_BYTES = 12_000;
    private static final AppendLimits LIMITS = new AppendLimits(
            4_000,
            4,
            1 << 20,
            64 << 20,
            1 << 20,
            100_000,
            1 << 30,
            Duration.ofSeconds(5),
            Duration.ofSeconds(3),
            new ProducerLimits(100, 1000, 86_400_000, 1_000));

    private final ShardMachine machine;
    private final Appender appender;
    private final Flusher flusher;
    private final SnapshotCycle snapshots;
    private final Reconciler reconciler;
    private final SpillReader spill;
    private final ShardReader reader;
    private final CommandLine commands;
    private final Mover mover;
    private final StayKeeper keeper;
    private final SegmentsOfShard segments;
    private final MetadataSource.Subscription subscription;

    /** The only shard of its process: no stream comes or goes. */
    static final Neighbours NONE = new Neighbours() {
        @Override
        public Optional<ShardMachine> machine(ShardId shard) {
            return Optional.empty();
        }

        @Override
        public Optional<CommandLine> commands(ShardId shard) {
            return Optional.empty();
        }
    };

    /** @param opening the group of the shard, over its state */
    SimulatedShard(
            Function<ShardMachine, ConsensusGroup> opening,
            MetadataSource metadata,
            SegmentWriter writer,
            InstantSource clock,
            LongSupplier nanos) {
        this(opening, new Among(new ShardId(0), NONE, MovePlans.NONE), metadata, writer, clock, nanos);
    }

    /** Which shard of its process it is. */
    record Among(ShardId shard, Neighbours neighbours, MovePlans moves) {}

    SimulatedShard(
            Function<ShardMachine, ConsensusGroup> opening,
            Among among,
            MetadataSource metadata,
            SegmentWriter writer,
            InstantSource clock,
            LongSupplier nanos) {
        machine = new ShardMachine(among.shard(), TAIL_BYTES, nanos);
        ConsensusGroup port = opening.apply(machine);
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        commands = new CommandLine(port, clock, Runnable::run);
        LogReader log = new LogReader(port);
        spill = new SpillReader(log, () -> {});
        reader = new ShardReader(machine, port, spill, among.neighbours());
        segments = new SegmentsOfShard(machine, commands, among.neighbours());
        appender = new Appender(
                new Appender.Surroundings(machine, port, clock, nanos, new AppendMeter(registry, machine.shard())),
                LIMITS,
                location -> metadata.image()
                        .topicOf(location.stream())
                        .flatMap(topic -> topic.blockOf(location.stream()))
                        .filter(block -> block.shard().equals(location.shard())
                                && block.incarnation().equals(location.incarnation()))
                        .isPresent(),
                () -> {});
        snapshots = new SnapshotCycle(machine, port, 3_000, registry, () -> {}, () -> {});
        flusher = new Flusher(
                new Flusher.Surroundings(machine, writer, commands, log, new FlushMeter(registry, machine.shard())),
                new FlushPolicy(6_000, 1_000, Duration.ofSeconds(1), Duration.ofSeconds(10)),
                snapshots::waitsForFlush,
                () -> {});
        reconciler = new Reconciler(metadata, machine, commands, () -> {});
        mover = new Mover(
                new Mover.Surroundings(
                        metadata, among.moves(), machine, commands, among.neighbours(), flusher::flushThrough),
                () -> {});
        keeper = new StayKeeper(metadata, machine, commands, among.neighbours(), () -> {});
        subscription = metadata.subscribe((image, changed, deleted) -> reconciler.look());
        machine.listener(this);
    }

    @Override
    public void streamsChanged() {
        appender.streamsChanged();
    }

    @Override
    public void streamsMoved() {
        streamsChanged();
        reconciler.look();
    }

    @Override
    public void restored() {
        streamsChanged();
        reconciler.look();
    }

    @Override
    public void leadershipChanged(io.weir.contracts.consensus.Leadership leadership) {
        appender.leadershipChanged();
        reconciler.look();
    }

    List<Duty> duties() {
        return List.of(appender, flusher, snapshots, reconciler, spill, mover, keeper);
    }

    void crash() {
        subscription.close();
    }

    ShardMachine machine() {
        return machine;
    }

    Appender appender() {
        return appender;
    }

    Flusher flusher() {
        return flusher;
    }

    ShardReader reader() {
        return reader;
    }

    SpillReader spill() {
        return spill;
    }

    CommandLine commands() {
        return commands;
    }

    SegmentsOfShard segments() {
        return segments;
    }
}
