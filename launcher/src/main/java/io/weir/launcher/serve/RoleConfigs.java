package io.weir.launcher.serve;

import io.weir.consensus.ConsensusConfig;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.segment.SegmentWriter;
import io.weir.gateway.listener.ListenerConfig;
import io.weir.kafka.KafkaGatewayConfig;
import io.weir.launcher.config.HostPort;
import io.weir.launcher.config.ServeConfig;
import io.weir.launcher.config.WalLimits;
import io.weir.launcher.data.DataDirectory;
import io.weir.metadata.MetadataConfig;
import io.weir.metadata.MetadataService;
import io.weir.objecttier.ObjectTierConfig;
import io.weir.wal.WalConfig;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Turns what the operator said into the configuration of each role.
 *
 * @param flushing what shards flush to, made of the object tier: itself, but where a test breaks it
 */
record RoleConfigs(ServeConfig serve, Pace pace, UnaryOperator<SegmentWriter> flushing) {
    /** What clients know this process as. */
    static final NodeId NODE = new NodeId(1);

    /** The metadata groups' entries are small; what they may hold is direct memory. */
    private static final ConsensusConfig.Limits SMALL_GROUP =
            new ConsensusConfig.Limits(MetadataService.MAX_ENTRY_BYTES, 8 << 20);

    private static final Duration MAX_IMAGE_AGE = Duration.ofSeconds(30);
    private static final Duration HALF_FULL_FLUSH = Duration.ofSeconds(10);

    static RoleConfigs of(ServeConfig serve, Pace pace) {
        return new RoleConfigs(serve, pace, UnaryOperator.identity());
    }

    ConsensusConfig consensus(DataDirectory data) {
        return ConsensusConfig.defaults(data.raft())
                .withLimits("metadata", SMALL_GROUP)
                .withLimits("cursors", SMALL_GROUP)
                .withSegmentsOfAtMost(pace.logFileBytes());
    }

    MetadataConfig metadata() {
        return MetadataConfig.of(NODE, serve.wal().shards()).withSnapshotBytes(pace.metadataSnapshotBytes());
    }

    ObjectTierConfig objectTier() {
        return ObjectTierConfig.DEFAULT
                .withCacheBytes(serve.cacheSize().bytes())
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
                NODE,
                ListenerConfig.on(listen.host(), listen.port()),
                advertised.map(HostPort::host).orElse(null),
                advertised.map(HostPort::port).orElse(0),
                MAX_IMAGE_AGE,
                KafkaGatewayConfig.Limits.DEFAULT);
    }
}
