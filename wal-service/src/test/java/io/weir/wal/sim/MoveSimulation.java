package io.weir.wal.sim;

import io.weir.contracts.append.AppendResult;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.MovePlans;
import io.weir.contracts.metadata.StreamMove;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.read.StreamBounds;
import io.weir.testsupport.consensus.SimulatedConsensus;
import io.weir.testsupport.consensus.SimulatedGroup;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.wal.Batches;
import io.weir.wal.duty.Duty;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.HandedStream;
import io.weir.wal.entry.StreamRange;
import io.weir.wal.shard.CommandLine;
import io.weir.wal.shard.Neighbours;
import io.weir.wal.shard.ShardMachine;
import io.weir.wal.state.ShardState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Streams that move between the shards of a process while producers write, everything fails, and steps of moves come
 * again or late: one step at a time, checked on the way. A producer writes where it believes its stream is until it is
 * told otherwise.
 */
final class MoveSimulation {
    private static final int SHARDS = 3;
    private static final int MAX_DELAYED = 30;

    private final Random random;
    private final SimulatedConsensus consensus = SimulatedConsensus.manual();
    private final MemoryMetadata metadata = new MemoryMetadata();
    private final SimulatedSegments segments;
    private final List<Replica> replicas = new ArrayList<>();
    private final History history = new History();
    private final ShardCheck check;
    private final List<SimulatedProducer> producers = new ArrayList<>();
    private final List<Delayed> delayed = new ArrayList<>();
    private final List<Long> deleted = new ArrayList<>();
    private final List<SimulatedShard> shards = new ArrayList<>();
    private final Neighbours neighbours = new Neighbours() {
        @Override
        public Optional<ShardMachine> machine(ShardId shard) {
            return Optional.of(shards.get(shard.value()).machine());
        }

        @Override
        public Optional<CommandLine> commands(ShardId shard) {
            return Optional.of(
                    shard.equals(silent)
                            ? new CommandLine(
                                    consensus.group("wal-" + shard.value()),
                                    () -> Instant.ofEpochMilli(nowNanos / 1_000_000),
                                    never -> {})
                            : shards.get(shard.value()).commands());
        }
    };
    /** Those of the metadata, but that an answer is lost now and then: what was asked for was done, or not. */
    private final MovePlans plans = new MovePlans() {
        @Override
        public CompletableFuture<MetadataResult<List<StreamMove>>> plan(
                TenantId tenant, String topic, List<Integer> partitions, ShardId to) {
            return metadata.moves().plan(tenant, topic, partitions, to);
        }

        @Override
        public CompletableFuture<MetadataResult<StreamMove>> advance(long move, StreamMove.Phase phase) {
            return answered(() -> metadata.moves().advance(move, phase));
        }

        @Override
        public CompletableFuture<MetadataResult<Long>> end(long move) {
            return answered(() -> metadata.moves().end(move));
        }
    };

    private long nowNanos = 1_000_000_000_000L;
    private long nextProducerId = 1;
    private int crashes;
    private int lostAnswers;
    private int moved;
    /** Whatever is submitted to this shard is never answered, nor arrives. */
    private @Nullable ShardId silent;

    /** A step that somebody has decided upon, and that is on its way. */
    private record Delayed(ShardId to, Command step) {}

    MoveSimulation(long seed) {
        random = new Random(seed);
        segments = new SimulatedSegments(random);
        check = new ShardCheck(segments, history);
        for (int shard = 0; shard < SHARDS; shard++) {
            replicas.add(new Replica(new ShardId(shard)));
        }
        start();
        createTopic();
        var ignored = metadata.subscribe((image, changed, gone) -> moved += changed.size());
    }

    private void start() {
        shards.clear();
        for (int i = 0; i < SHARDS; i++) {
            ShardId id = new ShardId(i);
            Replica replica = replicas.get(i);
            shards.add(new SimulatedShard(
                    machine -> consensus.open("wal-" + id.value(), new ReplicatedTwice(machine, replica)),
                    new SimulatedShard.Among(id, neighbours, plans),
                    metadata,
                    segments,
                    () -> Instant.ofEpochMilli(nowNanos / 1_000_000),
                    () -> nowNanos));
        }
    }

    void run(int steps) {
        for (int step = 0; step < steps; step++) {
            nowNanos += 1_000_000;
            step();
            if (step % 20 == 0) {
                replayedEqualsLive();
            }
            if (step % 100 == 0 && allAreHere()) {
                readEverything();
            }
        }
        comeToRest();
        replayedEqualsLive();
        readEverything();
        everyMoveIsOver();
        nothingLeaks();
    }

    /**
     * The shard to which streams move is away from some moment on, for a minute: it has no leader, or does not answer.
     *
     * @return whether all moves were over without it: none was sealed yet when it went away
     */
    boolean runWithoutDestination(int steps) {
        for (int step = 0; step < steps; step++) {
            nowNanos += 1_000_000;
            step();
        }
        comeToRest();
        ShardId away = anyStream().shard().value() == 0 ? new ShardId(1) : new ShardId(0);
        for (Topic topic : topics()) {
            var _ = metadata.moves().plan(TenantId.DEFAULT, topic.name(), List.of(), away);
        }
        for (int step = random.nextInt(80); step > 0; step--) {
            nowNanos += 10_000_000;
            work();
            produce();
            segments.advance();
            boolean ignored = consensus.step();
        }
        SimulatedGroup group = consensus.group("wal-" + away.value());
        if (random.nextBoolean()) {
            silent = away;
        } else {
            group.loseLeadership(random.nextInt(5));
        }
        rest(500);
        othersTakeAppends(away);
        boolean over = metadata.image().moves().isEmpty();

        silent = null;
        comeToRest();
        replayedEqualsLive();
        readEverything();
        everyMoveIsOver();
        nothingLeaks();
        return over;
    }

    private void othersTakeAppends(ShardId away) {
        for (Topic topic : topics()) {
            for (int partition = 0; partition < topic.partitions(); partition++) {
                StreamLocation at = topic.location(partition).orElseThrow();
                if (!at.shard().equals(away)) {
                    takesAppends(at);
                }
            }
        }
    }

    private void takesAppends(StreamLocation at) {
        long mark = history.nextMark("after the shard went away, to " + at.stream());
        CompletableFuture<AppendResult> appended =
                shards.get(at.shard().value()).appender().append(at, Batches.plain(1, 8, mark));
        rest(10);
        if (appended.isDone() && appended.join() instanceof AppendResult.Committed committed) {
            history.acknowledged(at.stream().value(), mark, committed.baseOffset());
        } else {
            throw new AssertionError(at + " takes no append: " + appended + ", "
                    + shards.get(at.shard().value()).machine().moves());
        }
    }

    int acknowledged() {
        return history.size();
    }

    int crashes() {
        return crashes;
    }

    /** Times that a stream was placed elsewhere. */
    int moved() {
        return moved;
    }

    private boolean allAreHere() {
        return shards.stream()
                .allMatch(shard -> shard.machine().leads() && shard.machine().serves());
    }

    private void readEverything() {
        for (SimulatedShard shard : shards) {
            check.readEverything(shard, topics(), this::settleReads);
        }
    }

    private List<Topic> topics() {
        return List.copyOf(metadata.image().topics());
    }

    private void replayedEqualsLive() {
        for (int i = 0; i < SHARDS; i++) {
            ShardState state = shards.get(i).machine().state();
            Replica replica = replicas.get(i);
            if (state.applied() == replica.applied() && state.stateHash() != replica.hash()) {
                throw new AssertionError("Snapshot plus replay differs from the live state of shard " + i);
            }
        }
    }

    private void step() {
        int dice = random.nextInt(1000);
        if (dice < 350) {
            boolean ignored = consensus.step();
        } else if (dice < 680) {
            work();
        } else if (dice < 820) {
            produce();
        } else if (dice < 880) {
            segments.advance();
        } else if (dice < 900) {
            nowNanos += random.nextLong(1_000_000_000L);
        } else if (dice < 935) {
            manage();
        } else if (dice < 975) {
            delay();
        } else {
            fault();
        }
    }

    private SimulatedShard anyShard() {
        return shards.get(random.nextInt(SHARDS));
    }

    private void work() {
        List<Duty> duties = anyShard().duties();
        long ignored = duties.get(random.nextInt(duties.size())).work(nowNanos);
    }

    private void produce() {
        producers
                .get(random.nextInt(producers.size()))
                .act(
                        (location, batch) ->
                                shards.get(location.shard().value()).appender().append(location, batch),
                        random);
    }

    private void manage() {
        switch (random.nextInt(8)) {
            case 0 -> createTopic();
            case 1 -> deleteTopic();
            case 2 -> replicas.get(random.nextInt(SHARDS)).restartFromSnapshot();
            case 3 -> trimWhereItIs();
            case 4 -> retainWhereItWas();
            default -> plan();
        }
    }

    private void createTopic() {
        if (topics().size() >= 3) {
            return;
        }
        Topic topic = metadata.create("t" + random.nextInt(1_000_000_000), 1 + random.nextInt(2));
        for (int partition = 0; partition < topic.partitions(); partition++) {
            StreamLocation location = topic.location(partition).orElseThrow();
            producers.add(new SimulatedProducer(history, location, nextProducerId++, this::lookUp));
            producers.add(new SimulatedProducer(history, location, nextProducerId++, this::lookUp));
            producers.add(new SimulatedProducer(history, location, -1, this::lookUp));
        }
    }

    private Optional<StreamLocation> lookUp(StreamLocation before) {
        return metadata.image()
                .topicOf(before.stream())
                .flatMap(topic -> topic.blockOf(before.stream()))
                .map(block -> new StreamLocation(before.stream(), block.shard(), block.incarnation()));
    }

    private void deleteTopic() {
        if (topics().size() > 1 && random.nextInt(4) == 0) {
            Topic topic = topics().get(random.nextInt(topics().size()));
            for (int partition = 0; partition < topic.partitions(); partition++) {
                deleted.add(topic.location(partition).orElseThrow().stream().value());
            }
            var ignored = metadata.deleteTopic(TenantId.DEFAULT, topic.id()).join();
            history.forgotten(nextProducerId - 1);
        }
    }

    private StreamLocation anyStream() {
        Topic topic = topics().get(random.nextInt(topics().size()));
        return topic.location(random.nextInt(topic.partitions())).orElseThrow();
    }

    private void plan() {
        if (metadata.image().moves().size() < 3) {
            Topic topic = topics().get(random.nextInt(topics().size()));
            var _ = metadata.moves()
                    .plan(TenantId.DEFAULT, topic.name(), List.of(), new ShardId(random.nextInt(SHARDS)));
        }
    }

    private void trimWhereItIs() {
        StreamLocation at = anyStream();
        SimulatedShard shard = shards.get(at.shard().value());
        shard.reader().bounds(at).ifPresent(bounds -> {
            long to = bounds.logStart() + random.nextLong((bounds.end() - bounds.logStart()) / 4 + 1);
            var _ = shard.commands().submit(trim(true, at.stream(), to));
        });
    }

    private static Command trim(boolean strict, StreamId stream, long to) {
        return new Command.Trim(strict, List.of(new Command.TrimPoint(stream, to)));
    }

    private void retainWhereItWas() {
        for (SimulatedShard shard : shards) {
            shard.segments().departed().stream().findFirst().ifPresent(stream -> {
                shard.segments().term().ifPresent(term -> {
                    long to = shard.segments()
                            .flushedRange(stream)
                            .map(range -> range.from() + (range.to() - range.from()) / 3)
                            .orElse(0L);
                    var _ = term.trim(Map.of(stream, to));
                });
            });
        }
    }

    /** Steps that a process has decided upon arrive when it is dead, or has been followed by another. */
    private void delay() {
        if (!delayed.isEmpty() && (delayed.size() >= MAX_DELAYED || random.nextBoolean())) {
            Delayed late = random.nextBoolean()
                    ? delayed.get(random.nextInt(delayed.size()))
                    : delayed.remove(random.nextInt(delayed.size()));
            var _ = shards.get(late.to().value()).commands().submit(late.step());
            return;
        }
        metadata.image().moves().stream().findFirst().ifPresent(this::decide);
    }

    private void decide(StreamMove move) {
        Topic topic = metadata.image().topic(move.topic()).orElseThrow();
        long version = metadata.image().version();
        for (int partition : move.partitions()) {
            StreamLocation at = topic.location(partition).orElseThrow();
            long stream = at.stream().value();
            switch (move.phase()) {
                case PLANNED -> {
                    ShardState from = shards.get(move.from().value()).machine().state();
                    Long by = from.moves().sealed().get(stream);
                    Optional<HandedStream> handed =
                            by != null && by == move.id() ? from.handed(stream) : Optional.empty();
                    delayed.add(
                            handed.isPresent()
                                    ? new Delayed(
                                            move.to(), new Command.ReceiveStream(move.id(), version, handed.get()))
                                    : new Delayed(move.from(), new Command.SealStreams(move.id(), List.of(stream))));
                    if (random.nextInt(10) == 0) {
                        var _ = metadata.moves().advance(move.id(), StreamMove.Phase.CANCELLED);
                    }
                }
                case PLACED -> delayed.add(new Delayed(move.from(), new Command.ReleaseStreams(move.id(), version)));
                case CANCELLED -> {
                    int incarnation = at.incarnation().value() + 1;
                    delayed.add(new Delayed(
                            move.to(),
                            new Command.CancelMove(
                                    move.id(), List.of(new StreamRange(stream, 1, incarnation, TenantId.DEFAULT)))));
                }
            }
        }
    }

    private void fault() {
        SimulatedGroup group = consensus.group("wal-" + random.nextInt(SHARDS));
        switch (random.nextInt(9)) {
            case 0 -> group.loseNext(1 + random.nextInt(3), SimulatedGroup.Fate.APPLIED);
            case 1 -> group.loseNext(1 + random.nextInt(3), SimulatedGroup.Fate.DROPPED);
            case 2 -> group.refuseNext(1 + random.nextInt(3), FailureCode.STORAGE_FULL);
            case 3 -> group.duplicateNext(1 + random.nextInt(3));
            case 4 -> lostAnswers++;
            case 5 -> {
                group.loseLeadership(random.nextInt(5));
                group.regainLeadership();
            }
            case 6 -> group.failNextSnapshots(1);
            case 7 -> segments.broken(random.nextBoolean());
            default -> crash();
        }
    }

    private <T> CompletableFuture<T> answered(Supplier<CompletableFuture<T>> asked) {
        if (lostAnswers == 0) {
            return asked.get();
        }
        lostAnswers--;
        if (random.nextBoolean()) {
            var _ = asked.get();
        }
        return CompletableFuture.failedFuture(new ServiceException(FailureCode.TIMED_OUT, "lost by the simulation"));
    }

    private void crash() {
        crashes++;
        consensus.crash(random.nextInt(4));
        shards.forEach(SimulatedShard::crash);
        segments.crash();
        producers.forEach(SimulatedProducer::disconnected);
        start();
    }

    private void comeToRest() {
        segments.broken(false);
        delayed.clear();
        for (int i = 0; i < SHARDS; i++) {
            SimulatedGroup group = consensus.group("wal-" + i);
            group.loseNext(0, SimulatedGroup.Fate.APPLIED);
            group.refuseNext(0, FailureCode.OVERLOADED);
            if (!shards.get(i).machine().leads()) {
                group.regainLeadership();
            }
        }
        rest(600);
    }

    private void rest(int rounds) {
        for (int round = 0; round < rounds; round++) {
            consensus.runAll();
            segments.advance();
            nowNanos += 200_000_000L;
            for (SimulatedShard shard : shards) {
                for (Duty duty : shard.duties()) {
                    long ignored = duty.work(nowNanos);
                }
            }
        }
        consensus.runAll();
    }

    private void everyMoveIsOver() {
        require(
                metadata.image().moves().isEmpty(),
                "Moves are left: " + metadata.image().moves());
        for (SimulatedShard shard : shards) {
            ShardState state = shard.machine().state();
            require(state.moves().sealed().isEmpty(), "Sealed for ever: " + state.moves());
            for (Topic topic : topics()) {
                for (int partition = 0; partition < topic.partitions(); partition++) {
                    StreamLocation at = topic.location(partition).orElseThrow();
                    StreamRange open = state.open().find(at.stream().value());
                    boolean here = at.shard().equals(state.shard());
                    require(
                            here
                                    ? open != null
                                            && open.incarnation()
                                                    == at.incarnation().value()
                                    : open == null,
                            at + " and shard " + state.shard() + " with " + open);
                }
            }
            for (long stream : deleted) {
                require(
                        state.open().find(stream) == null
                                && state.streams().find(stream) < 0
                                && state.moves().departure(stream) == null
                                && state.moves().history(stream).isEmpty(),
                        "Stream " + stream + " was deleted, and " + state.shard() + " knows it: " + state.moves());
            }
        }
    }

    /** Once everything is trimmed, no shard remembers that a stream was there. */
    private void nothingLeaks() {
        for (Topic topic : topics()) {
            for (int partition = 0; partition < topic.partitions(); partition++) {
                StreamLocation at = topic.location(partition).orElseThrow();
                SimulatedShard shard = shards.get(at.shard().value());
                StreamBounds bounds = shard.reader().bounds(at).orElseThrow();
                var _ = shard.commands().submit(trim(true, at.stream(), bounds.end()));
            }
        }
        rest(120);
        for (SimulatedShard shard : shards) {
            require(
                    shard.segments().departed().isEmpty(),
                    "Never forgotten: " + shard.machine().moves());
            require(
                    shard.machine().moves().histories().isEmpty(),
                    "Histories of nothing: " + shard.machine().moves());
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    private void settleReads() {
        for (SimulatedShard shard : shards) {
            long ignored = shard.spill().work(nowNanos);
        }
    }
}
