package io.weir.launcher.serve;

import io.weir.consensus.Cluster;
import io.weir.consensus.ConsensusConfig;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.segment.SegmentWriter;
import io.weir.gateway.listener.ListenerConfig;
import io.weir.kafka.KafkaGatewayConfig;
import io.weir.launcher.config.ClusterSettings;
import io.weir.launcher.config.Exposure;
import io.weir.launcher.config.HostPort;
import io.weir.launcher.config.ServeConfig;
import io.weir.launcher.config.WalLimits;
import io.weir.launcher.data.DataDirectory;
import io.weir.metadata.MetadataConfig;
import io.weir.metadata.MetadataService;
import io.weir.objecttier.ObjectTierConfig;
import io.weir.wal.WalConfig;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Turns what the operator said into the configuration of each role.
 *
 * @param flushing what shards flush to, made of the object tier: itself, but where a test breaks it
 */
record RoleConfigs(ServeConfig serve, Pace pace, UnaryOperator<SegmentWriter> flushing) {
    /** The metadata groups' entries are small; what they may hold is direct memory. */
    private static final ConsensusConfig.Limits SMALL_GROUP =
            new ConsensusConfig.Limits(MetadataService.MAX_ENTRY_BYTES, 8 << 20);

    /** The incarnation of a node's first data directory. */
    private static final long FOUNDER = 1;

    private static final Duration MAX_IMAGE_AGE = Duration.ofSeconds(30);
    private static final Duration HALF_FULL_FLUSH = Duration.ofSeconds(10);

    /** A follower waits for one to two of these before it stands for election: ADR 7. */
    private static final Duration ELECTION_TIMEOUT = Duration.ofMillis(500);

    static RoleConfigs of(ServeConfig serve, Pace pace) {
        return new RoleConfigs(serve, pace, UnaryOperator.identity());
    }

    ConsensusConfig consensus(DataDirectory data) {
        ConsensusConfig config = ConsensusConfig.defaults(data.raft())
                .withLimits("metadata", SMALL_GROUP)
                .withLimits("cursors", SMALL_GROUP)
                .withSegmentsOfAtMost(pace.logFileBytes());
        ClusterSettings cluster = serve.cluster();
        return cluster.isCluster()
                ? config.withElectionTimeout(ELECTION_TIMEOUT).withCluster(together(cluster))
                : config;
    }

    /** This node among the others. */
    static Cluster together(ClusterSettings settings) {
        HostPort listen = settings.listening();
        List<Peer> founders = settings.peers().entrySet().stream()
                .map(peer -> new Peer(
                        new PeerId(new NodeId(peer.getKey()), FOUNDER),
                        peer.getValue().host(),
                        peer.getValue().port()))
                .toList();
        return new Cluster(
                settings.node(), listen.host(), listen.port(), founders, settings.exposure() == Exposure.INSECURE);
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
                .withHousekeeping(pace.housekeeping());
    }

    WalConfig wal() {
        WalLimits limits = serve.wal();
        Duration halfFull =
                limits.flushInterval().compareTo(HALF_FULL_FLUSH) < 0 ? limits.flushInterval() : HALF_FULL_FLUSH;
        return WalConfig.standard()
                .withShards(limits.shards())
                .withFlush(limits.flushBytes().bytes(), halfFull, limits.flushInterval())
                .withDisk(limits.maxBytes().bytes() / limits.shards(), pace.shardSnapshotBytes());
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
