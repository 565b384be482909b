package io.weir.metadata.command;

import static io.weir.metadata.command.Cluster.TENANT;
import static io.weir.metadata.command.Cluster.idOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.cell.CellStore;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.ConfigResource;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.contracts.metadata.MetadataResult.Rejection;
import io.weir.contracts.metadata.PartitionBlock;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.metadata.TopicConfig;
import io.weir.metadata.image.CellOwnership;
import io.weir.metadata.record.Bounds;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecisionsTest {
    private final Cluster cluster = Cluster.of(3);

    @Test
    void createsTheClusterOnce() {
        assertThat(cluster.image().shardCount()).isEqualTo(3);
        assertThat(cluster.rejected(new MetadataCommand.CreateCluster("other", 1, new Bounds(1, 1, 1))))
                .isEqualTo(Rejection.INVALID_REQUEST);
        assertThat(cluster.image().clusterId()).isEqualTo("AAAAAAAAAAAAAAAAAAAAAA");
    }

    @Test
    void refusesAClusterWithoutShardsOrWithTooMany() {
        Bounds bounds = new Bounds(1, 1, 1);
        Cluster none = new Cluster();
        assertThat(none.rejected(new MetadataCommand.CreateCluster("id", 0, bounds)))
                .isEqualTo(Rejection.INVALID_REQUEST);
        assertThat(none.rejected(new MetadataCommand.CreateCluster("id", Rules.MAX_SHARDS + 1, bounds)))
                .isEqualTo(Rejection.INVALID_REQUEST);
        assertThat(none.rejected(new MetadataCommand.CreateCluster("", 1, bounds)))
                .isEqualTo(Rejection.INVALID_REQUEST);
        assertThat(none.rejected(Cluster.create("t", 1, Map.of()))).isEqualTo(Rejection.INVALID_REQUEST);
        none.accepted(new MetadataCommand.CreateCluster("id", Rules.MAX_SHARDS, bounds));
    }

    @Test
    void findsATopicByNameIdAndStream() {
        Topic topic = cluster.topic("orders", 10);

        assertThat(cluster.image().topic(TENANT, "orders")).contains(topic);
        assertThat(cluster.image().topic(topic.id())).contains(topic);
        long first = topic.blocks().getFirst().firstStream().value();
        for (long stream = first; stream < first + 10; stream++) {
            assertThat(cluster.image().topicOf(new StreamId(stream))).contains(topic);
        }
        assertThat(cluster.image().topicOf(new StreamId(first + 10))).isEmpty();
        assertThat(cluster.image().topicOf(new StreamId(first - 1))).isEmpty();
        assertThat(cluster.image().topic(new TenantId("other"), "orders")).isEmpty();
    }

    @Test
    void listsTopicsByName() {
        for (String name : List.of("b", "c", "a", "B")) {
            cluster.topic(name, 1);
        }
        assertThat(cluster.image().topics(TENANT)).extracting(Topic::name).containsExactly("B", "a", "b", "c");
        assertThat(cluster.image().topics()).hasSize(4);
        assertThat(cluster.image().topics(new TenantId("other"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a b", "a/b", "ä", "a\u0000"})
    void refusesIllegalNames(String name) {
        assertThat(cluster.rejected(Cluster.create(name, 1, Map.of()))).isEqualTo(Rejection.INVALID_NAME);
    }

    @Test
    void boundsTheLengthOfNames() {
        cluster.topic("x".repeat(249), 1);
        assertThat(cluster.rejected(Cluster.create("x".repeat(250), 1, Map.of())))
                .isEqualTo(Rejection.INVALID_NAME);
    }

    @Test
    void refusesNamesThatDifferOnlyInDotAndUnderscore() {
        Topic topic = cluster.topic("a.b_c", 1);

        assertThat(cluster.rejected(Cluster.create("a_b.c", 1, Map.of()))).isEqualTo(Rejection.INVALID_NAME);
        assertThat(cluster.rejected(Cluster.create("a.b_c", 1, Map.of()))).isEqualTo(Rejection.TOPIC_EXISTS);
        cluster.topic("a-b-c", 1);

        cluster.accepted(new MetadataCommand.DeleteTopic(TENANT, topic.id()));
        cluster.topic("a_b.c", 1);
    }

    @Test
    void refusesATakenId() {
        cluster.topic("a", 1);
        assertThat(cluster.rejected(new MetadataCommand.CreateTopic(TENANT, "b", idOf("a"), 1, Map.of())))
                .isEqualTo(Rejection.INVALID_REQUEST);
    }

    @Test
    void boundsPartitionsPerTopic() {
        assertThat(cluster.rejected(Cluster.create("t", 0, Map.of()))).isEqualTo(Rejection.INVALID_PARTITIONS);
        assertThat(cluster.rejected(Cluster.create("t", Topic.MAX_PARTITIONS + 1, Map.of())))
                .isEqualTo(Rejection.INVALID_PARTITIONS);
        cluster.topic("t", Topic.MAX_PARTITIONS);
        assertThat(cluster.rejected(new MetadataCommand.AddPartitions(TENANT, "t", Topic.MAX_PARTITIONS + 1)))
                .isEqualTo(Rejection.INVALID_PARTITIONS);
    }

    @Test
    void boundsTopicsStreamsAndConfiguredGroups() {
        Cluster small = Cluster.of(1, new Bounds(2, 10, 1));
        Topic first = small.topic("a", 4);
        small.topic("b", 6);

        assertThat(small.rejected(Cluster.create("c", 1, Map.of()))).isEqualTo(Rejection.LIMIT_REACHED);
        assertThat(small.rejected(new MetadataCommand.AddPartitions(TENANT, "a", 5)))
                .isEqualTo(Rejection.LIMIT_REACHED);

        small.accepted(new MetadataCommand.DeleteTopic(TENANT, first.id()));
        assertThat(small.rejected(Cluster.create("c", 5, Map.of()))).isEqualTo(Rejection.LIMIT_REACHED);
        small.topic("c", 4);

        small.accepted(group("g", changes("k", "v")));
        assertThat(small.rejected(group("h", changes("k", "v")))).isEqualTo(Rejection.LIMIT_REACHED);
        small.accepted(group("g", changes("k", null)));
        small.accepted(group("h", changes("k", "v")));
    }

    @Test
    void neverUsesAStreamIdTwice() {
        Topic before = cluster.topic("t", 5);
        cluster.accepted(new MetadataCommand.DeleteTopic(TENANT, before.id()));
        Topic after = (Topic) cluster.accepted(new MetadataCommand.CreateTopic(
                TENANT, "t", new io.weir.contracts.identity.TopicId(new UUID(1, 2)), 5, Map.of()));

        assertThat(after.blocks().getFirst().firstStream().value())
                .isGreaterThan(before.blocks().getLast().firstStream().value());
        assertThat(cluster.image().topicOf(before.blocks().getFirst().firstStream()))
                .isEmpty();
    }

    @Test
    void keepsASmallTopicOnTheLeastLoadedShardAndSpreadsALargeOne() {
        assertThat(shardsOf(cluster.topic("a", 4))).containsExactly(0);
        assertThat(shardsOf(cluster.topic("b", 1))).containsExactly(1);
        assertThat(shardsOf(cluster.topic("c", 2))).containsExactly(2);
        assertThat(shardsOf(cluster.topic("d", 1))).containsExactly(1);
        assertThat(shardsOf(cluster.topic("e", 30))).containsExactlyInAnyOrder(0, 1, 2);
    }

    @Test
    void addsPartitionsBehindTheOthers() {
        cluster.topic("a", 3);
        cluster.topic("b", 1);
        Topic grown = (Topic) cluster.accepted(new MetadataCommand.AddPartitions(TENANT, "a", 5));

        assertThat(grown.partitions()).isEqualTo(5);
        assertThat(grown.blocks()).hasSize(2);
        assertThat(grown.blocks().getLast().firstPartition()).isEqualTo(3);
        assertThat(cluster.image().topicOf(grown.blocks().getLast().firstStream()))
                .contains(grown);
        assertThat(cluster.image().topicTable().streams()).isEqualTo(6);
        assertThat(cluster.rejected(new MetadataCommand.AddPartitions(TENANT, "a", 5)))
                .isEqualTo(Rejection.INVALID_PARTITIONS);
        assertThat(cluster.rejected(new MetadataCommand.AddPartitions(TENANT, "none", 5)))
                .isEqualTo(Rejection.UNKNOWN_TOPIC);
    }

    @Test
    void lengthensTheLastBlockWhenStreamsFollowOneAnother() {
        Cluster one = Cluster.of(1);
        one.topic("a", 3);
        Topic grown = (Topic) one.accepted(new MetadataCommand.AddPartitions(TENANT, "a", 9));
        assertThat(grown.blocks()).hasSize(1);
        assertThat(grown.blocks().getFirst().count()).isEqualTo(9);
    }

    @Test
    void deletesOnlyATopicOfTheTenant() {
        Topic topic = cluster.topic("a.b", 3);
        assertThat(cluster.rejected(new MetadataCommand.DeleteTopic(new TenantId("other"), topic.id())))
                .isEqualTo(Rejection.UNKNOWN_TOPIC);
        assertThat(cluster.accepted(new MetadataCommand.DeleteTopic(TENANT, topic.id())))
                .isEqualTo(topic);
        assertThat(cluster.rejected(new MetadataCommand.DeleteTopic(TENANT, topic.id())))
                .isEqualTo(Rejection.UNKNOWN_TOPIC);
        assertThat(cluster.image().topics()).isEmpty();
        assertThat(cluster.image().topicTable().streams()).isZero();
    }

    @Test
    void changesTopicSettings() {
        cluster.accepted(
                Cluster.create("t", 1, Map.of(TopicConfig.RETENTION_MS, "5", TopicConfig.RETENTION_BYTES, "7")));
        Topic changed = (Topic) cluster.accepted(configure("t", changes(TopicConfig.RETENTION_MS, null), false));
        assertThat(changed.overrides()).isEqualTo(Map.of(TopicConfig.RETENTION_BYTES, "7"));
        assertThat(changed.config().retentionMs()).isEqualTo(TopicConfig.DEFAULT.retentionMs());

        Topic replaced = (Topic) cluster.accepted(configure("t", changes(TopicConfig.MAX_MESSAGE_BYTES, "9"), true));
        assertThat(replaced.overrides()).isEqualTo(Map.of(TopicConfig.MAX_MESSAGE_BYTES, "9"));
        assertThat(cluster.image().topicOf(replaced.blocks().getFirst().firstStream()))
                .contains(replaced);

        assertThat(cluster.rejected(configure("none", changes(), false))).isEqualTo(Rejection.UNKNOWN_TOPIC);
    }

    @Test
    void refusesSettingsThatAreNotSupported() {
        cluster.topic("t", 1);
        assertThat(cluster.rejected(Cluster.create("u", 1, Map.of("cleanup.policy", "compact"))))
                .isEqualTo(Rejection.INVALID_CONFIG);
        assertThat(cluster.rejected(configure("t", changes("segment.bytes", "1"), false)))
                .isEqualTo(Rejection.INVALID_CONFIG);
        assertThat(cluster.rejected(configure("t", changes("segment.bytes", null), false)))
                .isEqualTo(Rejection.INVALID_CONFIG);
        assertThat(cluster.rejected(configure("t", changes(TopicConfig.RETENTION_MS, "-2"), false)))
                .isEqualTo(Rejection.INVALID_CONFIG);
    }

    @Test
    void boundsSettings() {
        cluster.accepted(group("g", many(Rules.MAX_SETTINGS)));
        assertThat(cluster.rejected(group("h", many(Rules.MAX_SETTINGS + 1)))).isEqualTo(Rejection.INVALID_CONFIG);
        assertThat(cluster.rejected(group("g", changes("one.more", "v")))).isEqualTo(Rejection.INVALID_CONFIG);
        cluster.accepted(group("h", changes("k".repeat(128), "v".repeat(1024))));
        assertThat(cluster.rejected(group("h", changes("k".repeat(129), "v")))).isEqualTo(Rejection.INVALID_CONFIG);
        assertThat(cluster.rejected(group("h", changes("k", "v".repeat(1025))))).isEqualTo(Rejection.INVALID_CONFIG);
        assertThat(cluster.rejected(configure("t", changes(TopicConfig.RETENTION_MS, "0".repeat(1025)), false)))
                .isEqualTo(Rejection.INVALID_CONFIG);
        cluster.accepted(group("n".repeat(1024), changes("k", "v")));
        assertThat(cluster.rejected(group("n".repeat(1025), changes("k", "v")))).isEqualTo(Rejection.INVALID_NAME);
        assertThat(cluster.rejected(group("", changes("k", "v")))).isEqualTo(Rejection.INVALID_NAME);
    }

    @Test
    void keepsSettingsOfGroups() {
        ConfigResource group = new ConfigResource.Group(TENANT, "g");
        cluster.accepted(group("g", changes("a", "1", "b", "2")));
        cluster.accepted(group("g", changes("a", null, "c", "3")));

        assertThat(cluster.image().config(group)).isEqualTo(Map.of("b", "2", "c", "3"));
        assertThat(cluster.image().configured(TENANT)).containsExactly(group);
        assertThat(cluster.image().configured()).isEqualTo(1);

        cluster.accepted(new MetadataCommand.Configure(group, changes(), true));
        assertThat(cluster.image().config(group)).isEmpty();
        assertThat(cluster.image().configured(TENANT)).isEmpty();
        assertThat(cluster.image().configured()).isZero();
    }

    @Test
    void givesProducerIdsOutOnce() {
        long first = (long) cluster.accepted(new MetadataCommand.AllocateProducerIds(1000));
        assertThat(cluster.accepted(new MetadataCommand.AllocateProducerIds(1))).isEqualTo(first + 1000);
        assertThat(cluster.rejected(new MetadataCommand.AllocateProducerIds(0))).isEqualTo(Rejection.INVALID_REQUEST);
        assertThat(cluster.rejected(new MetadataCommand.AllocateProducerIds(1001)))
                .isEqualTo(Rejection.INVALID_REQUEST);
    }

    @Test
    void registersNodesUpToABound() {
        for (int i = 0; i < Rules.MAX_NODES; i++) {
            cluster.accepted(new MetadataCommand.RegisterNode(node(i)));
        }
        assertThat(cluster.rejected(new MetadataCommand.RegisterNode(node(Rules.MAX_NODES))))
                .isEqualTo(Rejection.LIMIT_REACHED);
        cluster.accepted(new MetadataCommand.RegisterNode(new ClusterNode(new NodeId(5), "elsewhere", 1)));
        assertThat(cluster.image().nodes())
                .hasSize(Rules.MAX_NODES)
                .contains(new ClusterNode(new NodeId(5), "elsewhere", 1));
    }

    @Test
    void refusesNodesThatCannotBeReached() {
        for (ClusterNode bad : List.of(
                new ClusterNode(new NodeId(1), "", 1),
                new ClusterNode(new NodeId(1), "h".repeat(256), 1),
                new ClusterNode(new NodeId(1), "h", -1),
                new ClusterNode(new NodeId(1), "h", 65536),
                new ClusterNode(new NodeId(1), "h", 1, Optional.of(" ")),
                new ClusterNode(new NodeId(1), "h", 1, Optional.of("z".repeat(65))))) {
            assertThat(cluster.rejected(new MetadataCommand.RegisterNode(bad))).isEqualTo(Rejection.INVALID_REQUEST);
        }
        cluster.accepted(new MetadataCommand.RegisterNode(
                new ClusterNode(new NodeId(1), "h".repeat(255), 65535, Optional.of("z".repeat(64)))));
    }

    @Test
    void keepsTheLastPlanForAMember() {
        MemberPlan joins = new MemberPlan.Joins("127.0.0.1", 7404);
        NodeId node = new NodeId(4);
        assertThat(cluster.accepted(new MetadataCommand.PlanMember(node, joins)))
                .isEqualTo(joins);
        long version = cluster.image().version();
        cluster.accepted(new MetadataCommand.PlanMember(node, joins));
        assertThat(cluster.image().version()).as("said again").isEqualTo(version);

        cluster.accepted(new MetadataCommand.PlanMember(node, new MemberPlan.Leaves()));
        assertThat(cluster.image().members()).containsExactly(Map.entry(4, new MemberPlan.Leaves()));
    }

    @Test
    void refusesPlansForMembersThatCannotBe() {
        for (MemberPlan bad : List.of(
                new MemberPlan.Joins("", 1),
                new MemberPlan.Joins("h".repeat(256), 1),
                new MemberPlan.Joins("h", 0),
                new MemberPlan.Joins("h", 65536))) {
            assertThat(cluster.rejected(new MetadataCommand.PlanMember(new NodeId(1), bad)))
                    .isEqualTo(Rejection.INVALID_REQUEST);
        }
        assertThat(cluster.rejected(new MetadataCommand.PlanMember(new NodeId(0), new MemberPlan.Leaves())))
                .isEqualTo(Rejection.INVALID_REQUEST);
        cluster.accepted(new MetadataCommand.PlanMember(new NodeId(1), new MemberPlan.Joins("h".repeat(255), 65535)));
    }

    @Test
    void plansForMembersUpToABound() {
        for (int i = 1; i <= Rules.MAX_NODES; i++) {
            cluster.accepted(new MetadataCommand.PlanMember(new NodeId(i), new MemberPlan.Leaves()));
        }
        assertThat(cluster.rejected(
                        new MetadataCommand.PlanMember(new NodeId(Rules.MAX_NODES + 1), new MemberPlan.Leaves())))
                .isEqualTo(Rejection.LIMIT_REACHED);
        cluster.accepted(new MetadataCommand.PlanMember(new NodeId(1), new MemberPlan.Joins("h", 1)));
    }

    @Test
    void drainsANodeUntilItIsSaidToServeAgain() {
        NodeId node = new NodeId(4);
        assertThat(cluster.accepted(new MetadataCommand.DrainNode(node, true))).isEqualTo(node);
        long version = cluster.image().version();
        cluster.accepted(new MetadataCommand.DrainNode(node, true));
        assertThat(cluster.image().version()).as("said again").isEqualTo(version);
        // It comes and goes
        cluster.accepted(new MetadataCommand.RegisterNode(node(4)));
        cluster.accepted(new MetadataCommand.RegisterNode(node(5)));
        assertThat(cluster.image().offered()).containsExactly(node(5));
        cluster.accepted(new MetadataCommand.UnregisterNode(node));
        assertThat(cluster.image().drained()).containsExactly(node);

        cluster.accepted(new MetadataCommand.DrainNode(node, false));
        cluster.accepted(new MetadataCommand.RegisterNode(node(4)));
        assertThat(cluster.image().drained()).isEmpty();
        assertThat(cluster.image().offered()).containsExactlyInAnyOrder(node(4), node(5));
        assertThat(cluster.rejected(new MetadataCommand.DrainNode(new NodeId(0), true)))
                .isEqualTo(Rejection.INVALID_REQUEST);
    }

    @Test
    void theLastGatewayThatIsNotDrainedStays() {
        cluster.accepted(new MetadataCommand.RegisterNode(node(4)));
        cluster.accepted(new MetadataCommand.RegisterNode(node(5)));
        cluster.accepted(new MetadataCommand.DrainNode(new NodeId(9), true));
        cluster.accepted(new MetadataCommand.DrainNode(new NodeId(4), true));

        assertThat(cluster.rejected(new MetadataCommand.DrainNode(new NodeId(5), true)))
                .isEqualTo(Rejection.INVALID_REQUEST);
        cluster.accepted(new MetadataCommand.DrainNode(new NodeId(4), true));
        cluster.accepted(new MetadataCommand.RegisterNode(node(6)));
        cluster.accepted(new MetadataCommand.DrainNode(new NodeId(5), true));
        assertThat(cluster.image().offered()).containsExactly(node(6));
    }

    @Test
    void drainsNodesUpToABound() {
        for (int i = 1; i <= Rules.MAX_NODES; i++) {
            cluster.accepted(new MetadataCommand.DrainNode(new NodeId(i), true));
        }
        NodeId next = new NodeId(Rules.MAX_NODES + 1);
        assertThat(cluster.rejected(new MetadataCommand.DrainNode(next, true))).isEqualTo(Rejection.LIMIT_REACHED);
        cluster.accepted(new MetadataCommand.DrainNode(new NodeId(1), false));
        cluster.accepted(new MetadataCommand.DrainNode(next, true));
    }

    @Test
    void addsShardsThatTakeNewTopicsAndTakesNoneAway() {
        Cluster growing = Cluster.of(1);
        Topic before = growing.topic("before", 3);
        List<Peer> founders = List.of(peer(1, 1), peer(2, 99));
        assertThat(growing.accepted(new MetadataCommand.AddShards(3, founders))).isEqualTo(3);
        assertThat(growing.accepted(new MetadataCommand.AddShards(3, List.of(peer(7, 1)))))
                .as("said again")
                .isEqualTo(3);
        assertThat(growing.rejected(new MetadataCommand.AddShards(2, founders))).isEqualTo(Rejection.INVALID_REQUEST);
        growing.accepted(new MetadataCommand.AddShards(4, List.of(peer(3, 1))));

        assertThat(growing.image().shardCount()).isEqualTo(4);
        assertThat(growing.image().shardsAtFirst()).isEqualTo(1);
        assertThat(growing.image().foundersOf(new ShardId(0))).isEmpty();
        assertThat(growing.image().foundersOf(new ShardId(1))).isEqualTo(founders);
        assertThat(growing.image().foundersOf(new ShardId(2))).isEqualTo(founders);
        assertThat(growing.image().foundersOf(new ShardId(3))).containsExactly(peer(3, 1));
        assertThat(growing.image().foundersOf(new ShardId(4))).isEmpty();
        Set<Integer> shards = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            growing.topic("after-" + i, 3)
                    .blocks()
                    .forEach(block -> shards.add(block.shard().value()));
        }
        assertThat(shards).containsExactlyInAnyOrder(1, 2, 3);
        assertThat(growing.image().topic(before.id())).contains(before);
    }

    @Test
    void addsShardsUpToABoundAndOnlyWithPeersThatCanBe() {
        List<Peer> founders = List.of(peer(1, 1));
        for (List<Peer> bad : List.of(
                List.<Peer>of(),
                List.of(peer(1, 1), peer(1, 2)),
                List.of(peer(0, 1)),
                List.of(new Peer(new PeerId(new NodeId(1), 1), "h".repeat(256), 1)),
                peers(Rules.MAX_FOUNDERS + 1))) {
            assertThat(cluster.rejected(new MetadataCommand.AddShards(9, bad))).isEqualTo(Rejection.INVALID_REQUEST);
        }
        assertThat(cluster.rejected(new MetadataCommand.AddShards(Rules.MAX_SHARDS + 1, founders)))
                .isEqualTo(Rejection.INVALID_REQUEST);
        assertThat(new Cluster().rejected(new MetadataCommand.AddShards(9, founders)))
                .isEqualTo(Rejection.INVALID_REQUEST);
        cluster.accepted(new MetadataCommand.AddShards(Rules.MAX_SHARDS, peers(Rules.MAX_FOUNDERS)));
    }

    private static Peer peer(int node, long incarnation) {
        return new Peer(new PeerId(new NodeId(node), incarnation), "127.0.0.1", 7400 + node);
    }

    private static List<Peer> peers(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(node -> peer(node, 1)).toList();
    }

    @Test
    void expiresOnlyTheLeaseThatRanOut() {
        cluster.accepted(new MetadataCommand.RegisterNode(node(1)));
        long registration = cluster.image().node(new NodeId(1)).orElseThrow().registration();
        cluster.accepted(new MetadataCommand.RegisterNode(node(1)));

        assertThat(cluster.rejected(new MetadataCommand.ExpireNode(new NodeId(1), registration)))
                .isEqualTo(Rejection.INVALID_REQUEST);
        long again = cluster.image().node(new NodeId(1)).orElseThrow().registration();
        cluster.accepted(new MetadataCommand.ExpireNode(new NodeId(1), again));
        assertThat(cluster.image().nodes()).isEmpty();
        assertThat(cluster.rejected(new MetadataCommand.ExpireNode(new NodeId(1), again)))
                .isEqualTo(Rejection.INVALID_REQUEST);
    }

    @Test
    void givesACellToOneNodeAtATime() {
        cluster.accepted(new MetadataCommand.RegisterNode(node(1)));
        cluster.accepted(new MetadataCommand.RegisterNode(node(2)));
        CellId cell = new CellId(CellStore.CELLS - 1);

        assertThat(cluster.accepted(acquire(cell, 1))).isEqualTo(new Epoch(1));
        assertThat(cluster.rejected(acquire(cell, 2))).isEqualTo(Rejection.INVALID_REQUEST);
        assertThat(cluster.accepted(acquire(cell, 1)))
                .as("the same node, restarted")
                .isEqualTo(new Epoch(2));
        assertThat(cluster.rejected(acquire(new CellId(CellStore.CELLS), 1))).isEqualTo(Rejection.INVALID_REQUEST);

        cluster.accepted(new MetadataCommand.UnregisterNode(new NodeId(1)));
        assertThat(cluster.image().cellOwner(cell)).isEmpty();
        assertThat(cluster.accepted(acquire(cell, 2))).isEqualTo(new Epoch(3));
        assertThat(cluster.image().cellOwner(cell)).contains(new NodeId(2));
    }

    @Test
    void letsAnyoneTakeACellFromANodeWithoutALease() {
        CellId cell = new CellId(0);
        cluster.accepted(acquire(cell, 1));
        assertThat(cluster.accepted(acquire(cell, 2))).isEqualTo(new Epoch(2));
        cluster.accepted(new MetadataCommand.UnregisterNode(new NodeId(2)));
        assertThat(cluster.image().cellOwner(cell)).isEmpty();
    }

    @Test
    void resignsOnlyTheCurrentEpoch() {
        CellId cell = new CellId(3);
        cluster.accepted(acquire(cell, 1));
        cluster.accepted(acquire(cell, 1));
        cluster.accepted(new MetadataCommand.ResignCell(cell, new Epoch(1)));
        assertThat(cluster.image().cellOwner(cell)).contains(new NodeId(1));

        cluster.accepted(new MetadataCommand.ResignCell(cell, new Epoch(2)));
        assertThat(cluster.image().cell(cell)).isEqualTo(new CellOwnership(null, new Epoch(2)));
    }

    private static List<Integer> shardsOf(Topic topic) {
        List<Integer> shards = new ArrayList<>();
        for (PartitionBlock block : topic.blocks()) {
            shards.add(block.shard().value());
        }
        return shards;
    }

    private static ClusterNode node(int id) {
        return new ClusterNode(new NodeId(id), "host-" + id, 9092);
    }

    private static MetadataCommand acquire(CellId cell, int node) {
        return new MetadataCommand.AcquireCell(cell, new NodeId(node));
    }

    private static MetadataCommand configure(
            String topic, SortedMap<String, @Nullable String> changes, boolean replace) {
        return new MetadataCommand.ConfigureTopic(TENANT, topic, changes, replace);
    }

    private static MetadataCommand group(String name, SortedMap<String, @Nullable String> changes) {
        return new MetadataCommand.Configure(new ConfigResource.Group(TENANT, name), changes, false);
    }

    private static SortedMap<String, @Nullable String> changes(@Nullable String... pairs) {
        SortedMap<String, @Nullable String> changes = new TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            changes.put(String.valueOf(pairs[i]), pairs[i + 1]);
        }
        return changes;
    }

    private static SortedMap<String, @Nullable String> many(int count) {
        SortedMap<String, @Nullable String> changes = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            changes.put("setting." + i, "v");
        }
        return changes;
    }
}
