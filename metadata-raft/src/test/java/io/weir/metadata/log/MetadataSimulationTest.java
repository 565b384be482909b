package io.weir.metadata.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.ConfigResource;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.PartitionBlock;
import io.weir.contracts.metadata.StreamMove;
import io.weir.contracts.metadata.StreamMove.Phase;
import io.weir.contracts.metadata.Topic;
import io.weir.metadata.Seeds;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.command.MoveCommand;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.image.RegisteredNode;
import io.weir.metadata.record.Bounds;
import io.weir.testsupport.consensus.SimulatedConsensus;
import io.weir.testsupport.consensus.SimulatedGroup;
import io.weir.testsupport.seed.LongRun;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random commands against the metadata group, with crashes, lost outcomes, repeated entries and snapshots. */
class MetadataSimulationTest {
    private static final int STEPS = 250;

    static LongStream regressionSeeds() {
        return Seeds.with();
    }

    @ParameterizedTest
    @MethodSource("regressionSeeds")
    void whateverHappensNoIdIsGivenOutTwiceAndAReplayEqualsTheLiveState(long seed) {
        Simulation simulation = new Simulation(new Random(seed));
        Seeds.walk(seed, STEPS, simulation::step);
    }

    @Test
    @Tag("long")
    @Tag("long-sim")
    void everySeedForLong() throws Exception {
        LongRun.of("MetadataSimulationTest").run("steps", seed -> {
            whateverHappensNoIdIsGivenOutTwiceAndAReplayEqualsTheLiveState(seed);
            return STEPS;
        });
    }

    private static final class Simulation implements MetadataState.Observer {
        private final Random random;
        private final SimulatedConsensus consensus = SimulatedConsensus.manual();
        private final List<Sent> sent = new ArrayList<>();
        /** Every block that any image ever showed, by first stream: never given out again. */
        private final NavigableMap<Long, Owned> streams = new TreeMap<>();

        private final Map<Long, Integer> producers = new HashMap<>();
        private final Map<Integer, Integer> epochs = new HashMap<>();
        private final Map<TopicId, Integer> followed = new HashMap<>();
        /** Every move that any image ever showed, as it was planned: its number is never another's. */
        private final Map<Long, StreamMove> moves = new HashMap<>();

        private long lastPlanned = -1;
        private final TableTraffic tables;
        private MetadataState state = new MetadataState(this);
        private SimulatedGroup group;
        private long lastVersion;

        private record Owned(TopicId topic, int count) {}

        private record Sent(
                List<MetadataCommand> commands, java.util.concurrent.CompletableFuture<Submission> outcome) {}

        Simulation(Random random) {
            this.random = random;
            this.tables = new TableTraffic(random);
            this.group = consensus.open("metadata", state);
            consensus.runAll();
            send(List.of(new MetadataCommand.CreateCluster("cluster", 1 + random.nextInt(4), new Bounds(12, 300, 5))));
            consensus.runAll();
        }

        void step() {
            switch (random.nextInt(20)) {
                case 0 -> crash();
                case 1 -> consensus.runAll();
                case 2 -> group.changeTerm();
                case 3 ->
                    group.loseNext(1, random.nextBoolean() ? SimulatedGroup.Fate.APPLIED : SimulatedGroup.Fate.DROPPED);
                case 4 -> group.duplicateNext(1);
                case 5 -> snapshot();
                case 6, 7, 8 -> consensus.step();
                case 9 -> compareWithReplay();
                default -> send(commands());
            }
            hear();
            check(state.image());
            checkMoves(state.image());
            tables.check(state.image());
        }

        private List<MetadataCommand> commands() {
            List<MetadataCommand> commands = new ArrayList<>();
            for (int count = 1 + random.nextInt(5); count > 0; count--) {
                commands.add(command());
            }
            return commands;
        }

        private MetadataCommand command() {
            TenantId tenant = random.nextInt(8) == 0 ? new TenantId("other") : TenantId.DEFAULT;
            String name = "t" + (random.nextBoolean() ? "." : "_") + random.nextInt(15);
            NodeId node = new NodeId(random.nextInt(4));
            CellId cell = new CellId(random.nextInt(3));
            return switch (random.nextInt(20)) {
                case 0, 1, 2 ->
                    new MetadataCommand.CreateTopic(
                            tenant,
                            name,
                            new TopicId(new UUID(random.nextLong(), random.nextLong())),
                            1 + random.nextInt(random.nextInt(5) == 0 ? 100 : 8),
                            random.nextBoolean() ? Map.of() : Map.of("retention.ms", "" + random.nextInt(9)));
                case 3 -> new MetadataCommand.DeleteTopic(tenant, anyTopic());
                case 4 -> new MetadataCommand.AddPartitions(tenant, name, 1 + random.nextInt(20));
                case 5 ->
                    new MetadataCommand.ConfigureTopic(tenant, name, changes("retention.bytes"), random.nextBoolean());
                case 6 ->
                    new MetadataCommand.Configure(
                            new ConfigResource.Group(tenant, "g" + random.nextInt(8)),
                            changes("setting." + random.nextInt(4)),
                            random.nextBoolean());
                case 7 -> new MetadataCommand.AllocateProducerIds(1 + random.nextInt(10));
                case 8 -> new MetadataCommand.RegisterNode(new ClusterNode(node, "h" + random.nextInt(3), 1));
                case 9 ->
                    random.nextBoolean()
                            ? new MetadataCommand.UnregisterNode(node)
                            : new MetadataCommand.ExpireNode(node, registrationOf(node));
                case 10 -> new MetadataCommand.AcquireCell(cell, node);
                case 11 ->
                    new MetadataCommand.ResignCell(
                            cell, new Epoch(state.image().cell(cell).epoch().value()));
                case 12 ->
                    new MetadataCommand.PlanMember(
                            node, random.nextBoolean() ? new MemberPlan.Leaves() : new MemberPlan.Joins("h", 1));
                case 13 -> new MetadataCommand.DrainNode(node, random.nextBoolean());
                case 14, 15 -> new MetadataCommand.Moves(moveCommand(tenant, name));
                case 16 ->
                    new MetadataCommand.AddShards(
                            1 + random.nextInt(6), List.of(new Peer(new PeerId(node, 1 + random.nextInt(3)), "h", 1)));
                default -> new MetadataCommand.Tables(tables.command(state.image(), tenant));
            };
        }

        private MoveCommand moveCommand(TenantId tenant, String name) {
            List<StreamMove> moves = state.image().moves();
            long id = moves.isEmpty()
                    ? 1
                    : moves.get(random.nextInt(moves.size())).id();
            return switch (random.nextInt(3)) {
                case 0 -> new MoveCommand.Plan(tenant, name, List.of(), new ShardId(random.nextInt(3)));
                case 1 -> new MoveCommand.Advance(id, random.nextBoolean() ? Phase.PLACED : Phase.CANCELLED);
                default -> new MoveCommand.End(id);
            };
        }

        private TopicId anyTopic() {
            List<Topic> topics = List.copyOf(state.image().topics());
            return topics.isEmpty()
                    ? new TopicId(new UUID(9, 9))
                    : topics.get(random.nextInt(topics.size())).id();
        }

        private long registrationOf(NodeId node) {
            return state.image().node(node).map(RegisteredNode::registration).orElse(0L) - random.nextInt(2);
        }

        private SortedMap<String, @Nullable String> changes(String name) {
            SortedMap<String, @Nullable String> changes = new TreeMap<>();
            changes.put(name, random.nextInt(3) == 0 ? null : "" + random.nextInt(9));
            return changes;
        }

        private void send(List<MetadataCommand> commands) {
            var entry = CommandCodec.entry(
                    random.nextLong(),
                    commands.stream().map(CommandCodec::encode).toList());
            sent.add(new Sent(commands, group.submit(List.of(entry))));
        }

        /** Learns of outcomes, in the order in which the entries were sent. */
        private void hear() {
            while (!sent.isEmpty() && sent.getFirst().outcome().isDone()) {
                Sent first = sent.removeFirst();
                if (first.outcome().join() instanceof Submission.Applied(var position, Object replies)) {
                    for (int i = 0; i < first.commands().size(); i++) {
                        hear(first.commands().get(i), (MetadataResult<?>) ((List<?>) replies).get(i));
                    }
                }
            }
        }

        private void hear(MetadataCommand command, MetadataResult<?> result) {
            if (!(result instanceof MetadataResult.Accepted<?>(Object value))) {
                return;
            }
            switch (command) {
                case MetadataCommand.AllocateProducerIds allocate -> {
                    for (long id = (long) value; id < (long) value + allocate.count(); id++) {
                        assertThat(producers.put(id, 1))
                                .as("producer id %d", id)
                                .isNull();
                    }
                }
                case MetadataCommand.AcquireCell acquire -> {
                    int epoch = ((Epoch) value).value();
                    Integer before = epochs.put(acquire.cell().value(), epoch);
                    assertThat(epoch).isGreaterThan(before == null ? 0 : before);
                }
                case MetadataCommand.CreateTopic _ -> remember((Topic) value);
                case MetadataCommand.Moves(MoveCommand.Plan _) -> {
                    for (Object planned : (List<?>) value) {
                        long id = ((StreamMove) planned).id();
                        assertThat(id).as("move's number").isGreaterThan(lastPlanned);
                        lastPlanned = id;
                    }
                }
                default -> assertThat(value).isNotNull();
            }
        }

        private void remember(Topic topic) {
            for (PartitionBlock block : topic.blocks()) {
                long first = block.firstStream().value();
                long end = first + block.count();
                var overlapping = streams.headMap(end, false).descendingMap().values();
                var below = streams.lowerEntry(end);
                assertThat(overlapping.isEmpty()
                                || below.getKey() + below.getValue().count() <= first
                                || below.getValue().topic().equals(topic.id()))
                        .as("streams %d to %d of %s were given out before", first, end, topic.name())
                        .isTrue();
                streams.merge(first, new Owned(topic.id(), block.count()), (a, b) -> a.count() > b.count() ? a : b);
            }
        }

        private void check(ClusterImage image) {
            assertThat(image.version()).isGreaterThanOrEqualTo(0);
            long total = 0;
            long[] loads = new long[Math.max(4, image.shardCount())];
            for (Topic topic : image.topics()) {
                remember(topic);
                int next = 0;
                for (PartitionBlock block : topic.blocks()) {
                    assertThat(block.firstPartition()).isEqualTo(next);
                    assertThat(block.firstStream().value() + block.count()).isLessThanOrEqualTo(image.nextStream());
                    assertThat(image.topicOf(block.firstStream())).contains(topic);
                    loads[block.shard().value()] += block.count();
                    next = block.endPartition();
                }
                total += next;
                assertThat(image.topic(topic.tenant(), topic.name())).contains(topic);
                assertThat(followed).containsKey(topic.id());
            }
            assertThat(followed.keySet()).hasSameSizeAs(image.topics());
            assertThat(image.topicTable().streams()).isEqualTo(total).isLessThanOrEqualTo(300);
            assertThat(image.topicTable().size()).isLessThanOrEqualTo(12);
            assertThat(image.configured()).isLessThanOrEqualTo(5);
            long[] counted = image.topicTable().streamsByShard();
            for (int shard = 0; shard < counted.length; shard++) {
                assertThat(counted[shard]).isEqualTo(loads[shard]);
            }
        }

        private void checkMoves(ClusterImage image) {
            Map<TopicId, Set<Integer>> onTheirWay = new HashMap<>();
            for (StreamMove move : image.moves()) {
                assertThat(image.topic(move.topic())).as("topic of %s", move).isPresent();
                Topic topic = image.topic(move.topic()).orElseThrow();
                ShardId place = move.phase() == Phase.PLACED ? move.to() : move.from();
                Set<Integer> others = onTheirWay.computeIfAbsent(topic.id(), first -> new HashSet<>());
                for (int partition : move.partitions()) {
                    assertThat(topic.location(partition).orElseThrow().shard())
                            .as("partition %d of %s", partition, move)
                            .isEqualTo(place);
                    assertThat(others.add(partition))
                            .as("partition %d of %s is in no other move", partition, move)
                            .isTrue();
                }
                StreamMove planned = move.in(Phase.PLANNED);
                assertThat(moves.computeIfAbsent(move.id(), first -> planned)).isEqualTo(planned);
            }
        }

        /** Everything is applied; then the process dies and comes back. */
        private void compareWithReplay() {
            consensus.runAll();
            hear();
            ClusterImage live = state.image();
            restart(Integer.MAX_VALUE);
            assertThat(state.image()).isEqualTo(live);
            assertThat(bytes(state.image())).isEqualTo(bytes(live));
        }

        private void crash() {
            restart(random.nextInt(4));
        }

        private void restart(int kept) {
            consensus.crash(kept);
            hear();
            followed.clear();
            lastVersion = 0;
            tables.restarted();
            state = new MetadataState(this);
            group = consensus.open("metadata", state);
            consensus.step();
        }

        private void snapshot() {
            group.failNextSnapshots(random.nextInt(4) == 0 ? 1 : 0);
            var _ = group.prepareSnapshot().thenAccept(prepared -> {
                if (random.nextInt(4) == 0) {
                    prepared.discard();
                } else {
                    var _ = prepared.publish();
                }
            });
        }

        @Override
        public void applied(
                ClusterImage before, ClusterImage after, Set<TopicId> changed, Set<TopicId> deleted, int bytes) {
            assertThat(after.version()).isGreaterThanOrEqualTo(lastVersion);
            lastVersion = after.version();
            followed.keySet().removeAll(deleted);
            changed.forEach(topic -> followed.put(topic, 1));
        }

        @Override
        public void restored(ClusterImage image) {
            followed.clear();
            image.topics().forEach(topic -> followed.put(topic.id(), 1));
        }

        @Override
        public void leadershipChanged(Leadership leadership) {}

        @Override
        public void heardFrom(NodeId node) {}

        @Override
        public void connectionLost(NodeId node) {}

        @Override
        public void written(long bytes) {
            assertThat(bytes).isPositive();
        }

        private static byte[] bytes(ClusterImage image) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try {
                SnapshotCodec.write(image, out);
            } catch (IOException impossible) {
                throw new UncheckedIOException(impossible);
            }
            return out.toByteArray();
        }
    }
}
