package io.weir.wal.sim;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.ShardSegments;
import io.weir.contracts.segment.ShardSegments.CompactionIntent;
import io.weir.contracts.segment.ShardSegments.Replacement;
import io.weir.contracts.segment.ShardSegments.RetiredObject;
import io.weir.testsupport.consensus.SimulatedConsensus;
import io.weir.testsupport.consensus.SimulatedGroup;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.wal.duty.Duty;
import io.weir.wal.entry.Command;
import io.weir.wal.state.ShardState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/** A shard under random load and random faults, one step at a time, checked after each. */
final class ShardSimulation {
    private final Random random;
    private final SimulatedConsensus consensus = SimulatedConsensus.manual();
    private final MemoryMetadata metadata = new MemoryMetadata();
    private final SimulatedSegments segments;
    private final Replica replica = new Replica();
    private final History history = new History();
    private final ShardCheck check;
    private final List<SimulatedProducer> producers = new ArrayList<>();
    private final List<Topic> topics = new ArrayList<>();
    private SimulatedShard shard;
    private long nowNanos = 1_000_000_000_000L;
    private long nextProducerId = 1;
    private long nextIntent = 1;
    private int crashes;
    private int quietSteps;

    ShardSimulation(long seed) {
        random = new Random(seed);
        segments = new SimulatedSegments(random);
        check = new ShardCheck(segments, history);
        shard = start();
        createTopic();
    }

    private SimulatedShard start() {
        return new SimulatedShard(
                machine -> consensus.open("wal-0", new ReplicatedTwice(machine, replica)),
                metadata,
                segments,
                () -> Instant.ofEpochMilli(nowNanos / 1_000_000),
                () -> nowNanos);
    }

    private SimulatedGroup group() {
        return consensus.group("wal-0");
    }

    void run(int steps) {
        for (int step = 0; step < steps; step++) {
            nowNanos += 1_000_000;
            step();
            check.cheap(shard);
            if (step % 8 == 0) {
                replayedEqualsLive();
            }
            if (step % 50 == 0) {
                check.readEverything(shard, topics, this::settleReads);
            }
        }
        comeToRest();
        check.cheap(shard);
        replayedEqualsLive();
        check.readEverything(shard, topics, this::settleReads);
        check.everythingIsAnswered(shard);
    }

    private void replayedEqualsLive() {
        ShardState state = shard.machine().state();
        if (state.applied() == replica.applied() && state.stateHash() != replica.hash()) {
            throw new AssertionError("Snapshot plus replay differs from the live state at " + state.applied());
        }
    }

    int acknowledged() {
        return history.size();
    }

    int crashes() {
        return crashes;
    }

    private void step() {
        int dice = random.nextInt(1000);
        if (dice < 350) {
            boolean ignored = consensus.step();
        } else if (dice < 650) {
            work();
        } else if (dice < 850) {
            produce();
        } else if (dice < 900) {
            segments.advance();
        } else if (dice < 930) {
            nowNanos += random.nextLong(2_000_000_000L);
        } else if (dice < 950) {
            manage();
        } else if (dice < 970) {
            compact();
        } else {
            fault();
        }
    }

    private void work() {
        List<Duty> duties = shard.duties();
        long ignored = duties.get(random.nextInt(duties.size())).work(nowNanos);
    }

    private void produce() {
        if (!producers.isEmpty()) {
            producers.get(random.nextInt(producers.size())).act(shard.appender()::append, random);
        }
    }

    private void manage() {
        switch (random.nextInt(6)) {
            case 0 -> createTopic();
            case 1 -> deleteTopic();
            case 2 -> replica.restartFromSnapshot();
            default -> trim();
        }
    }

    private void createTopic() {
        if (topics.size() >= 6) {
            return;
        }
        Topic topic = metadata.create("t" + random.nextInt(1_000_000_000), 1 + random.nextInt(3));
        topics.add(topic);
        for (int partition = 0; partition < topic.partitions(); partition++) {
            StreamLocation location = topic.location(partition).orElseThrow();
            producers.add(new SimulatedProducer(history, location, nextProducerId++));
            producers.add(new SimulatedProducer(history, location, nextProducerId++));
            producers.add(new SimulatedProducer(history, location, -1));
        }
    }

    private void deleteTopic() {
        if (topics.size() > 1) {
            Topic topic = topics.remove(random.nextInt(topics.size()));
            var ignored = metadata.deleteTopic(TenantId.DEFAULT, topic.id()).join();
            history.forgotten(nextProducerId - 1);
        }
    }

    private void trim() {
        StreamId stream = new StreamId(1 + random.nextInt(12));
        StreamLocation location = new StreamLocation(stream, new ShardId(0), new Epoch(0));
        shard.reader().bounds(location).ifPresent(bounds -> {
            long to = bounds.logStart() + random.nextLong(bounds.end() - bounds.logStart() + 1);
            var _ = shard.commands().submit(new Command.Trim(true, List.of(new Command.TrimPoint(stream, to))));
        });
    }

    private void compact() {
        shard.segments().term().ifPresent(this::compact);
    }

    private void compact(ShardSegments.Term term) {
        List<RetiredObject> retired = shard.segments().retired();
        if (!retired.isEmpty() && random.nextBoolean()) {
            List<ObjectKey> keys = retired.stream().map(RetiredObject::key).toList();
            segments.delete(keys);
            var _ = term.forget(keys);
            return;
        }
        List<CompactionIntent> intents = shard.segments().intents();
        if (!intents.isEmpty()) {
            finishCompaction(term, intents.getFirst());
            return;
        }
        List<ObjectKey> outputs = List.of(segments.nextKey(), segments.nextKey());
        var _ = term.announce(new CompactionIntent(nextIntent++, outputs));
    }

    private void finishCompaction(ShardSegments.Term term, CompactionIntent intent) {
        List<SegmentRef> present = shard.segments().view().segments();
        if (present.size() < 2 || segments.exists(intent.outputs().getFirst()) || random.nextInt(4) == 0) {
            var _ = term.abort(intent.id());
            return;
        }
        int from = random.nextInt(present.size() - 1);
        List<SegmentRef> inputs = present.subList(from, from + 2);
        NavigableMap<Long, List<StoredBatches.Raw>> merged = new TreeMap<>();
        for (SegmentRef input : inputs) {
            segments.content(input.key()).forEach((stream, batches) -> {
                Optional<OffsetRange> live = shard.segments().flushedRange(new StreamId(stream));
                for (StoredBatches.Raw batch : batches) {
                    if (live.isPresent() && batch.nextOffset() > live.get().from()) {
                        merged.computeIfAbsent(stream, id -> new ArrayList<>()).add(batch);
                    }
                }
            });
        }
        LogRange range =
                new LogRange(inputs.get(0).range().from(), inputs.get(1).range().upTo());
        SegmentRef output = segments.create(intent.outputs().getFirst(), merged, range, 1);
        List<ObjectKey> keys = inputs.stream().map(SegmentRef::key).toList();
        var _ = term.replace(intent.id(), new Replacement(keys, List.of(), List.of(output), List.of(), keys));
    }

    private void fault() {
        SimulatedGroup group = group();
        switch (random.nextInt(9)) {
            case 0 -> group.loseNext(1 + random.nextInt(3), SimulatedGroup.Fate.APPLIED);
            case 1 -> group.loseNext(1 + random.nextInt(3), SimulatedGroup.Fate.DROPPED);
            case 2 -> group.refuseNext(1 + random.nextInt(3), FailureCode.STORAGE_FULL);
            case 3 -> group.duplicateNext(1 + random.nextInt(3));
            case 4 -> group.insertOwnEntry();
            case 5 -> {
                group.loseLeadership(random.nextInt(5));
                group.regainLeadership();
            }
            case 6 -> group.failNextSnapshots(1);
            case 7 -> segments.broken(random.nextBoolean());
            default -> crash();
        }
    }

    private void crash() {
        crashes++;
        consensus.crash(random.nextInt(4));
        shard.crash();
        segments.crash();
        producers.forEach(SimulatedProducer::disconnected);
        shard = start();
    }

    /** No more faults or new batches: everything that is under way gets its answer. */
    private void comeToRest() {
        segments.broken(false);
        group().loseNext(0, SimulatedGroup.Fate.APPLIED);
        group().refuseNext(0, FailureCode.OVERLOADED);
        if (!shard.machine().leads()) {
            group().regainLeadership();
        }
        for (quietSteps = 0; quietSteps < 400; quietSteps++) {
            consensus.runAll();
            segments.advance();
            nowNanos += 200_000_000L;
            for (Duty duty : shard.duties()) {
                long ignored = duty.work(nowNanos);
            }
        }
        consensus.runAll();
    }

    private void settleReads() {
        long ignored = shard.spill().work(nowNanos);
    }
}
