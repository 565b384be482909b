package io.weir.wal.sim;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.segment.SegmentWriter;
import io.weir.testsupport.consensus.SimulatedConsensus;
import io.weir.testsupport.consensus.SimulatedGroup;
import io.weir.wal.append.AppendLimits;
import io.weir.wal.append.AppendMeter;
import io.weir.wal.append.Appender;
import io.weir.wal.duty.Duty;
import io.weir.wal.entry.ProducerLimits;
import io.weir.wal.flush.FlushMeter;
import io.weir.wal.flush.FlushPolicy;
import io.weir.wal.flush.Flusher;
import io.weir.wal.read.LogReader;
import io.weir.wal.read.ShardReader;
import io.weir.wal.read.SpillReader;
import io.weir.wal.reconcile.Reconciler;
import io.weir.wal.shard.CommandLine;
import io.weir.wal.shard.SegmentsOfShard;
import io.weir.wal.shard.ShardMachine;
import io.weir.wal.snapshot.SnapshotCycle;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

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
            Duration.ofSeconds(5),
            Duration.ofSeconds(3),
            new ProducerLimits(100, 1000, 86_400_000, 1_000));

    private final ShardMachine machine = new ShardMachine(new ShardId(0), TAIL_BYTES);
    private final SimulatedGroup group;
    private final Appender appender;
    private final Flusher flusher;
    private final SnapshotCycle snapshots;
    private final Reconciler reconciler;
    private final SpillReader spill;
    private final ShardReader reader;
    private final CommandLine commands;
    private final SegmentsOfShard segments;
    private final MetadataSource.Subscription subscription;

    SimulatedShard(
            SimulatedConsensus consensus,
            Replica replica,
            MetadataSource metadata,
            SegmentWriter writer,
            InstantSource clock) {
        group = consensus.open("wal-0", new ReplicatedTwice(machine, replica));
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        ConsensusGroup port = group;
        commands = new CommandLine(port, clock, Runnable::run);
        LogReader log = new LogReader(port);
        spill = new SpillReader(log, () -> {});
        reader = new ShardReader(machine, port, spill);
        segments = new SegmentsOfShard(machine, commands);
        appender = new Appender(
                new Appender.Surroundings(
                        machine, port, clock, System::nanoTime, new AppendMeter(registry, machine.shard())),
                LIMITS,
                location -> metadata.image().topicOf(location.stream()).isPresent(),
                () -> {});
        snapshots = new SnapshotCycle(machine, port, 8_000, registry, () -> {}, () -> {});
        flusher = new Flusher(
                new Flusher.Surroundings(machine, writer, commands, log, new FlushMeter(registry, machine.shard())),
                new FlushPolicy(6_000, 1_000, Duration.ofSeconds(1), Duration.ofSeconds(10)),
                snapshots::waitsForFlush,
                () -> {});
        reconciler = new Reconciler(metadata, machine, commands, () -> {});
        subscription = metadata.subscribe((image, changed, deleted) -> reconciler.look());
        machine.listener(this);
    }

    @Override
    public void streamsChanged() {
        appender.streamsChanged();
    }

    @Override
    public void leadershipChanged(io.weir.contracts.consensus.Leadership leadership) {
        appender.leadershipChanged();
        reconciler.look();
    }

    List<Duty> duties() {
        return List.of(appender, flusher, snapshots, reconciler, spill);
    }

    void crash() {
        subscription.close();
    }

    ShardMachine machine() {
        return machine;
    }

    SimulatedGroup group() {
        return group;
    }

    Appender appender() {
        return appender;
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
