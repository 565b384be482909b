package io.weir.wal.sim;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.Topic;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.wal.duty.Duty;
import io.weir.wal.entry.Command;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * One shard in several processes under random load: leaders change, entries get lost on their way, replicas lag, are
 * cut off, begin anew and are caught up by snapshots. One event at a time, checked after each.
 */
final class PeersSimulation {
    private static final int PEERS = 3;
    private static final int PRODUCERS_PER_STREAM = 3;

    private final Random random;
    /** Of its own, so that how often a log is read changes nothing else. */
    private final Random whileReading;

    private final GroupModel group = new GroupModel();
    private final MemoryMetadata metadata = new MemoryMetadata();
    private final SimulatedSegments segments;
    private final History history = new History();
    private final PeersCheck check;
    private final List<SimulatedShard> shards = new ArrayList<>();
    private final List<Writer> writers = new ArrayList<>();
    private final List<Topic> topics = new ArrayList<>();
    /** Of so many steps each one in which something comes to pass at the peer. */
    private final int[] slowness = new int[PEERS];

    private long nowNanos = 1_000_000_000_000L;
    private long nextProducerId = 1;
    private int elections;
    private int crashes;

    /** A producer, and the process it is connected to. */
    private static final class Writer {
        private final SimulatedProducer producer;
        private int at;

        private Writer(SimulatedProducer producer, int at) {
            this.producer = producer;
            this.at = at;
        }
    }

    PeersSimulation(long seed) {
        random = new Random(seed);
        whileReading = new Random(-seed);
        segments = new SimulatedSegments(random);
        check = new PeersCheck(segments, history);
        for (int i = 0; i < PEERS; i++) {
            ModelPeer peer = group.add();
            shards.add(begin(peer, i));
            slowness[i] = 1;
        }
        elect();
        createTopic();
    }

    private SimulatedShard begin(ModelPeer peer, int number) {
        return new SimulatedShard(
                state -> {
                    peer.start(state);
                    return peer;
                },
                metadata,
                segments,
                () -> Instant.ofEpochMilli(nowNanos / 1_000_000 + 700L * number),
                () -> nowNanos);
    }

    void run(int steps) {
        for (int step = 0; step < steps; step++) {
            nowNanos += 1_000_000;
            step();
            check.afterStep(shards);
            if (step % 50 == 0) {
                shards.forEach(shard -> check.readEverything(shard, topics, () -> settle(shard)));
            }
        }
        comeToRest();
        check.afterStep(shards);
        check.atRest(shards, topics, this::settle);
    }

    int acknowledged() {
        return history.size();
    }

    int elections() {
        return elections;
    }

    int restores() {
        return group.restores();
    }

    int crashes() {
        return crashes;
    }

    private void step() {
        for (int i = 0; i < PEERS; i++) {
            if (random.nextInt(slowness[i]) == 0) {
                network(group.peer(i));
            }
        }
        int dice = random.nextInt(1000);
        if (dice < 480) {
            work();
        } else if (dice < 860) {
            produce();
        } else if (dice < 910) {
            segments.advance();
        } else if (dice < 930) {
            nowNanos += random.nextLong(500_000_000L);
        } else if (dice < 950) {
            manage();
        } else if (dice < 975) {
            check.watch(shards.get(random.nextInt(PEERS)), topics, random);
        } else {
            fault(random.nextInt(PEERS));
        }
    }

    /** Something comes to the leader, is committed, or is heard of. */
    private void network(ModelPeer peer) {
        switch (random.nextInt(6)) {
            case 0, 1 -> {
                peer.deliver();
                group.commit(random.nextInt(3));
            }
            case 2, 3 -> {
                for (int i = random.nextInt(4); i > 0; i--) {
                    boolean ignored = peer.apply();
                }
            }
            case 4 -> peer.hear();
            default -> {
                peer.answerBarriers();
                peer.work();
            }
        }
    }

    private void work() {
        int number = random.nextInt(PEERS);
        List<Duty> duties = shards.get(number).duties();
        group.peer(number).whileReading(() -> meanwhile(number));
        long ignored = duties.get(random.nextInt(3) == 0 ? 0 : random.nextInt(duties.size()))
                .work(nowNanos);
        group.peer(number).whileReading(() -> {});
    }

    /** A read of the log takes so long that its group may fail, heal and be led here again. */
    private void meanwhile(int number) {
        ModelPeer peer = group.peer(number);
        switch (whileReading.nextInt(12)) {
            case 0, 1 -> peer.reopen();
            case 2 -> network(peer);
            case 3, 4 -> {
                elections++;
                group.elect(number, whileReading.nextInt(4));
                settle(peer);
            }
            default -> {}
        }
    }

    private void produce() {
        if (!writers.isEmpty()) {
            Writer writer = writers.get(random.nextInt(writers.size()));
            if (random.nextInt(40) == 0) {
                writer.producer.disconnected();
                writer.at = random.nextInt(PEERS);
            }
            writer.producer.act(shards.get(writer.at).appender()::append, random);
        }
    }

    private void manage() {
        switch (random.nextInt(5)) {
            case 0 -> createTopic();
            case 1 -> deleteTopic();
            default -> trim();
        }
    }

    private void createTopic() {
        if (topics.size() >= 4) {
            return;
        }
        Topic topic = metadata.create("t" + random.nextInt(1_000_000_000), 1 + random.nextInt(2));
        topics.add(topic);
        for (int partition = 0; partition < topic.partitions(); partition++) {
            StreamLocation location = topic.location(partition).orElseThrow();
            for (int i = 0; i < PRODUCERS_PER_STREAM; i++) {
                long id = i == 0 ? -1 : nextProducerId++;
                writers.add(new Writer(new SimulatedProducer(history, location, id), random.nextInt(PEERS)));
            }
        }
    }

    private void deleteTopic() {
        if (topics.size() > 1) {
            Topic topic = topics.remove(random.nextInt(topics.size()));
            var ignored = metadata.deleteTopic(TenantId.DEFAULT, topic.id()).join();
            history.forgotten(nextProducerId - 1);
            writers.removeIf(writer -> metadata.image()
                    .topicOf(writer.producer.location().stream())
                    .isEmpty());
        }
    }

    private void trim() {
        StreamId stream = new StreamId(1 + random.nextInt(8));
        StreamLocation location = new StreamLocation(stream, new ShardId(0), new Epoch(0));
        SimulatedShard shard = shards.get(random.nextInt(PEERS));
        shard.reader().bounds(location).ifPresent(bounds -> {
            long to = bounds.logStart() + random.nextLong(bounds.end() - bounds.logStart() + 1);
            var _ = shard.commands().submit(new Command.Trim(true, List.of(new Command.TrimPoint(stream, to))));
        });
    }

    private void fault(int number) {
        ModelPeer peer = group.peer(number);
        switch (random.nextInt(14)) {
            case 0, 1 -> elect();
            case 2 -> group.depose();
            case 3, 4 -> peer.loseAnswer();
            case 5 -> peer.cut(true);
            case 6, 7 -> peer.cut(false);
            case 8 -> peer.install();
            case 9 -> peer.refuse(1 + random.nextInt(2), FailureCode.STORAGE_FULL);
            case 10 -> segments.broken(random.nextBoolean());
            case 11 -> peer.reopen();
            case 12 -> slowness[number] = 1 + random.nextInt(3) * random.nextInt(8);
            default -> crash(number);
        }
        if (!group.hasLeader() && random.nextBoolean()) {
            elect();
        }
    }

    private void elect() {
        elections++;
        group.elect(random.nextInt(PEERS), random.nextInt(4));
    }

    private void crash(int number) {
        crashes++;
        shards.get(number).crash();
        ModelPeer peer = group.peer(number);
        peer.die();
        if (group.leads(number)) {
            group.depose();
        }
        for (Writer writer : writers) {
            if (writer.at == number) {
                writer.producer.disconnected();
            }
        }
        check.forget(shards.get(number));
        shards.set(number, begin(peer, number));
    }

    /** No more faults or new batches: everything that is under way gets its answer. */
    private void comeToRest() {
        segments.broken(false);
        for (int i = 0; i < PEERS; i++) {
            group.peer(i).cut(false);
            group.peer(i).refuse(0, FailureCode.OVERLOADED);
        }
        elect();
        for (int i = 0; i < 400; i++) {
            for (int number = 0; number < PEERS; number++) {
                settle(group.peer(number));
                for (Duty duty : shards.get(number).duties()) {
                    long ignored = duty.work(nowNanos);
                }
            }
            segments.advance();
            nowNanos += 200_000_000L;
        }
        for (int number = 0; number < PEERS; number++) {
            settle(group.peer(number));
        }
    }

    private void settle(ModelPeer peer) {
        for (int i = 0; i < 8; i++) {
            peer.deliver();
        }
        group.commit(Integer.MAX_VALUE / 2);
        boolean more = true;
        while (more) {
            more = peer.apply();
            peer.hear();
        }
        peer.answerBarriers();
        peer.work();
    }

    private void settle(SimulatedShard shard) {
        long ignored = shard.spill().work(nowNanos);
    }
}
