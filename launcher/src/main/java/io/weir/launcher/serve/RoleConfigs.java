package io.weir.launcher.serve;

import io.micrometer.core.instrument.MeterRegistry;
import io.weir.consensus.Cluster;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.ratis.NodeConsensus;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.Restoration;
import io.weir.contracts.segment.SegmentWriter;
import io.weir.gateway.listener.ListenerConfig;
import io.weir.kafka.KafkaGatewayConfig;
import io.weir.launcher.config.ClusterPeer;
import io.weir.launcher.config.ClusterSettings;
import io.weir.launcher.config.Exposure;
import io.weir.launcher.config.HostPort;
import io.weir.launcher.config.Role;
import io.weir.launcher.config.ServeConfig;
import io.weir.launcher.config.WalLimits;
import io.weir.launcher.data.DataDirectory;
import io.weir.metadata.MetadataConfig;
import io.weir.metadata.MetadataService;
import io.weir.objecttier.ObjectTierConfig;
import io.weir.wal.WalConfig;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Turns what the operator said into the configuration of each role.
 *
 * @param flushing what shards flush to, made of the object tier: itself, but where a test breaks it
 */
record RoleConfigs(ServeConfig serve, Pace pace, UnaryOperator<SegmentWriter> flushing) {
    /** The metadata groups' entries are small; in a process that is alone, what they may hold is direct memory. */
    private static final ConsensusConfig.Limits SMALL_GROUP =
            new ConsensusConfig.Limits(MetadataService.MAX_ENTRY_BYTES, 8 << 20);

    private static final String METADATA = "metadata";
    private static final String CURSORS = "cursors";
    /** How the names of the log's groups begin. */
    private static final String SHARDS = "wal-";

    /** The incarnation of a node's first data directory. */
    private static final long FOUNDER = 1;

    /** One part in so many of the heap is for the positions of what is not in segments yet, of all shards together. */
    private static final long POSITIONS_PART_OF_HEAP = 4;

    private static final Duration MAX_IMAGE_AGE = Duration.ofSeconds(30);
    private static final Duration HALF_FULL_FLUSH = Duration.ofSeconds(10);

    /** A follower waits for one to two of these before it stands for election: ADR 7. */
    private static final Duration ELECTION_TIMEOUT = Duration.ofMillis(500);

    static RoleConfigs of(ServeConfig serve, Pace pace) {
        return new RoleConfigs(serve, pace, UnaryOperator.identity());
    }

    /**
     * The groups that this process keeps, or follows where others do.
     *
     * @param added the peers that a group begins with that came later
     */
    NodeConsensus consensus(DataDirectory data, Function<String, List<Peer>> added, MeterRegistry meters) {
        ConsensusConfig alone = ConsensusConfig.defaults(data.raft())
                .withLimits(METADATA, SMALL_GROUP)
                .withLimits(CURSORS, SMALL_GROUP)
                .withSegmentsOfAtMost(pace.logFileBytes());
        ClusterSettings cluster = serve.cluster();
        if (!cluster.isCluster()) {
            return NodeConsensus.keeping(alone, meters);
        }
        ConsensusConfig together = alone.withElectionTimeout(ELECTION_TIMEOUT);
        return cluster.isPeer()
                ? NodeConsensus.keepingSome(
                        together.withCluster(together(cluster, FOUNDER, added)),
                        node(),
                        group -> serve.roles().has(keeperOf(group)),
                        meters)
                : NodeConsensus.following(together, node(), founders(cluster), meters);
    }

    private static Role keeperOf(String group) {
        return group.startsWith(SHARDS) ? Role.WAL : Role.METADATA;
    }

    private static Function<String, List<Peer>> founders(ClusterSettings settings) {
        LookedUpPeers lookedUp = new LookedUpPeers(settings.lookups(), InetAddress::getAllByName);
        return group ->
                settings.lookups().isEmpty() ? founders(settings, keeperOf(group)) : lookedUp.keeping(keeperOf(group));
    }

    private static List<Peer> founders(ClusterSettings settings, Role keeping) {
        return settings.peers().entrySet().stream()
                .filter(peer -> peer.getValue().keeps().has(keeping))
                .map(peer -> founder(peer.getKey(), peer.getValue(), FOUNDER))
                .toList();
    }

    private static Peer founder(int node, ClusterPeer peer, long incarnation) {
        return new Peer(
                new PeerId(new NodeId(node), incarnation),
                peer.address().host(),
                peer.address().port());
    }

    /** This node among the others. */
    static Cluster together(ClusterSettings settings) {
        return together(settings, FOUNDER, group -> List.of());
    }

    /** The same as a restore begins it: its founders are called as nobody was called before. */
    static Cluster restored(ClusterSettings settings, Restoration restoration) {
        return together(settings, FOUNDER + restoration.number(), group -> List.of());
    }

    private static Cluster together(ClusterSettings settings, long incarnation, Function<String, List<Peer>> added) {
        HostPort listen = settings.listening();
        List<Peer> founders = settings.peers().entrySet().stream()
                .map(peer -> founder(peer.getKey(), peer.getValue(), incarnation))
                .toList();
        Set<NodeId> metadata = keepers(settings, Role.METADATA);
        Map<String, Set<NodeId>> keepers =
                Map.of(METADATA, metadata, CURSORS, metadata, SHARDS, keepers(settings, Role.WAL));
        boolean insecure = settings.exposure() == Exposure.INSECURE;
        return new Cluster(settings.node(), listen.host(), listen.port(), founders, keepers, added, insecure);
    }

    private static Set<NodeId> keepers(ClusterSettings settings, Role role) {
        return settings.keepers(role).stream().map(NodeId::new).collect(Collectors.toSet());
    }

    /** What clients know this process as. */
    NodeId node() {
        return serve.cluster().node();
    }

    MetadataConfig metadata() {
        return MetadataConfig.of(node(), serve.wal().shards()).withSnapshotBytes(pace.metadataSnapshotBytes());
    }

    ObjectTierConfig objectTier() {
        return ObjectTierConfig.DEFAULT
                .withCacheBytes(serve.objects().cache().bytes())
                .withHousekeeping(
                        pace.housekeeping().withScrubInterval(serve.objects().scrubInterval()));
    }

    /** Of as many shards as there are by now. */
    WalConfig wal(int shards) {
        WalLimits limits = serve.wal();
        Duration halfFull =
                limits.flushInterval().compareTo(HALF_FULL_FLUSH) < 0 ? limits.flushInterval() : HALF_FULL_FLUSH;
        return WalConfig.standard()
                .withShards(shards)
                .withFlush(limits.flushBytes().bytes(), halfFull, limits.flushInterval())
                .withDisk(
                        Math.max(limits.maxBytes().bytes() / shards, WalLimits.LEAST_OF_A_SHARD.bytes()),
                        pace.shardSnapshotBytes())
                .withPositions(Runtime.getRuntime().maxMemory() / POSITIONS_PART_OF_HEAP / shards);
    }

    KafkaGatewayConfig kafka() {
        HostPort listen = serve.listen().kafka();
        Optional<HostPort> advertised = serve.listen().kafkaAdvertised();
        return new KafkaGatewayConfig(
                        node(),
                        ListenerConfig.on(listen.host(), listen.port()),
                        advertised.map(HostPort::host).orElse(null),
                        advertised.map(HostPort::port).orElse(0),
                        MAX_IMAGE_AGE,
                        KafkaGatewayConfig.Limits.DEFAULT)
                .withZone(serve.listen().zone());
    }
}
