package io.weir.launcher.serve;

import io.micrometer.core.instrument.MeterRegistry;
import io.weir.admin.Readiness;
import io.weir.consensus.ratis.NodeConsensus;
import io.weir.contracts.consensus.Consensus;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.http.HttpResource;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.object.ObjectStore;
import io.weir.gateway.read.TieredReader;
import io.weir.gateway.read.TieredReaderConfig;
import io.weir.kafka.KafkaGateway;
import io.weir.launcher.config.HostPort;
import io.weir.launcher.config.Role;
import io.weir.launcher.config.RoleSet;
import io.weir.launcher.config.ServeConfig;
import io.weir.launcher.data.DataDirectory;
import io.weir.metadata.MetadataService;
import io.weir.objecttier.ObjectTier;
import io.weir.registry.RegistryConfig;
import io.weir.registry.SchemaRegistry;
import io.weir.wal.WalService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The roles of this process, wired together. What another node keeps, metadata or the log, is followed from there (ADR
 * 9), so that each part works alike wherever it is.
 */
final class Roles {
    private static final Logger LOG = LoggerFactory.getLogger(Roles.class);
    private static final Duration ANSWER_AT_MOST = Duration.ofSeconds(30);
    /** A process that is alone leads as soon as its log is read. */
    private static final Duration ALONE_AT_MOST = Duration.ofSeconds(60);
    /** The others may be started by hand, one after another. */
    private static final Duration TOGETHER_AT_MOST = Duration.ofMinutes(10);

    /** An election would take no longer. */
    private static final Duration HAND_OVER_AT_MOST = Duration.ofSeconds(5);

    private static final long LOOK_AGAIN_NS = Duration.ofMillis(2).toNanos();

    private final NodeConsensus consensus;
    private final Optional<Streams> streams;
    private final Optional<KafkaGateway> kafka;
    private final ServeConfig config;
    private final List<HttpResource> resources;
    private final Optional<LeadershipSpread> leadership;

    private Roles(
            NodeConsensus consensus,
            Optional<Streams> streams,
            Optional<KafkaGateway> kafka,
            ServeConfig config,
            List<HttpResource> resources,
            Optional<LeadershipSpread> leadership) {
        this.consensus = consensus;
        this.streams = streams;
        this.kafka = kafka;
        this.config = config;
        this.resources = List.copyOf(resources);
        this.leadership = leadership;
    }

    /** What is needed for what streams hold: on the nodes that keep the log, and on those that follow it. */
    private record Streams(ObjectTier tier, WalService wal, TieredReader reader) {
        static Streams open(
                RoleConfigs configs,
                Consensus groups,
                MetadataService metadata,
                MeterRegistry meters,
                OpenParts parts) {
            ObjectTier tier = openTier(configs, meters, parts);
            WalService wal = parts.add(
                    "wal",
                    new WalService(
                            configs.wal(metadata.image().shardCount()),
                            groups,
                            metadata,
                            metadata.moves(),
                            configs.flushing().apply(tier),
                            meters));
            return new Streams(tier, wal, new TieredReader(wal, tier, TieredReaderConfig.DEFAULT, meters));
        }
    }

    /**
     * Opens this process's roles, and returns once every group that they need has a leader and clients are served.
     *
     * @param parts gets what was opened, in order
     */
    static Roles open(
            RoleConfigs configs,
            DataDirectory data,
            Optional<TableEndpoint> endpoint,
            MeterRegistry meters,
            OpenParts parts) {
        ServeConfig config = configs.serve();
        RoleSet roles = config.roles();
        AddedShards added = new AddedShards();
        NodeConsensus consensus = parts.add("consensus", configs.consensus(data, added, meters));
        consensus.scrub(config.objects().scrubInterval());
        MetadataService metadata = parts.add("metadata", new MetadataService(configs.metadata(), consensus, meters));
        added.known(metadata);
        if (config.cluster().isCluster()) {
            Members members = parts.add("members", new Members(metadata.members(), consensus::groups));
            consensus.admit(members.start());
        }
        Optional<LeadershipSpread> leadership = leadership(config, consensus, metadata, parts);
        Duration patience = config.cluster().isCluster() ? TOGETHER_AT_MOST : ALONE_AT_MOST;
        MetadataImage image = answer(
                metadata.ready(), patience, "The metadata group has no leader after " + patience.toSeconds() + " s");
        sayShards(config, image);
        if (!image.topics().isEmpty() && !config.cluster().isCluster()) {
            data.requireShards(image.shardCount());
        }
        Optional<Streams> streams = roles.needsStreams()
                ? Optional.of(Streams.open(configs, consensus, metadata, meters, parts))
                : Optional.empty();
        // Ends every group at the same time; one after another, as their owners would, each takes its second.
        parts.add("groups", consensus);
        streams.ifPresent(opened -> awaitLeaders(opened.wal(), patience));
        startBackups(configs, streams, consensus, metadata, meters, parts);
        if (roles.has(Role.WAL)) {
            streams.ifPresent(opened -> opened.tier()
                    .startHousekeeping(
                            opened.wal()::shardSegments,
                            metadata,
                            config.tables().enabled()));
        }
        Optional<KafkaGateway> kafka = roles.has(Role.GATEWAY)
                ? streams.map(opened -> gateway(configs, opened, metadata, meters, parts))
                : Optional.empty();
        List<HttpResource> resources = new ArrayList<>();
        resources.add(new ClusterResource(
                configs.node(),
                metadata,
                consensus::groups,
                metadata.members(),
                metadata.shards(),
                metadata.moves(),
                () -> streams.map(opened -> opened.wal().tailBytes()).orElseGet(List::of),
                config.listen().exposure()));
        if (roles.servesTables()) {
            streams.ifPresent(opened -> resources.addAll(tables(
                    configs,
                    data,
                    new Tables.Sources(metadata, metadata.tables(), opened.reader(), meters),
                    endpoint,
                    parts)));
            resources.add(parts.add(
                    "registry",
                    new SchemaRegistry(TenantId.DEFAULT, metadata, metadata.schemas(), RegistryConfig.DEFAULT)));
        }
        return new Roles(consensus, streams, kafka, config, resources, leadership);
    }

    private static Optional<LeadershipSpread> leadership(
            ServeConfig config, NodeConsensus consensus, MetadataService metadata, OpenParts parts) {
        return config.cluster().isPeer()
                ? Optional.of(parts.add(
                        "leadership",
                        new LeadershipSpread(metadata.members(), consensus::groups, System::nanoTime).start()))
                : Optional.empty();
    }

    /** Before housekeeping, which deletes nothing that the newest copies need. Whatever groups are led here. */
    private static void startBackups(
            RoleConfigs configs,
            Optional<Streams> streams,
            NodeConsensus consensus,
            MetadataService metadata,
            MeterRegistry meters,
            OpenParts parts) {
        Duration interval = configs.serve().objects().backupInterval();
        if (!interval.isZero()) {
            ObjectTier tier = streams.map(Streams::tier).orElseGet(() -> openTier(configs, meters, parts));
            tier.startBackups(
                    interval,
                    consensus::groups,
                    () -> streams.map(opened -> opened.wal().shardSegments()).orElse(List.of()),
                    metadata);
        }
    }

    private static ObjectTier openTier(RoleConfigs configs, MeterRegistry meters, OpenParts parts) {
        ObjectStore store = parts.add(
                "object store", ObjectStores.open(configs.serve().objects().store(), configs.node()));
        return parts.add("object tier", new ObjectTier(configs.objectTier(), store, meters));
    }

    private static KafkaGateway gateway(
            RoleConfigs configs, Streams streams, MetadataService metadata, MeterRegistry meters, OpenParts parts) {
        WalService wal = streams.wal();
        KafkaGateway kafka = parts.add(
                "kafka",
                new KafkaGateway(
                        configs.kafka(), wal, wal, streams.reader(), wal, metadata, metadata, metadata, meters));
        kafka.start();
        register(metadata, kafka.advertised());
        return kafka;
    }

    private static List<HttpResource> tables(
            RoleConfigs configs,
            DataDirectory data,
            Tables.Sources sources,
            Optional<TableEndpoint> endpoint,
            OpenParts parts) {
        return configs.serve().tables().enabled()
                ? Tables.start(configs, data, sources, endpoint, parts).resources()
                : List.of();
    }

    Optional<HostPort> kafka() {
        return kafka.map(gateway ->
                config.listen().kafka().withPort(gateway.boundAddress().getPort()));
    }

    /** Not ready while a group's log cannot be written, a shard has no leader, or a part repeats what failed. */
    Readiness readiness() {
        return consensus
                .failure()
                .or(() -> streams.flatMap(opened -> opened.wal().failure()))
                .<Readiness>map(Readiness.NotReady::new)
                .orElseGet(Readiness.Ready::new);
    }

    /** What the administrative listener carries beside health and metrics. */
    List<HttpResource> resources() {
        return resources;
    }

    /** Answers what clients are owed, and lets others lead what is led here. */
    void drain(Duration atMost) {
        kafka.ifPresent(gateway -> gateway.drain(atMost));
        leadership.ifPresent(led -> led.handOver(HAND_OVER_AT_MOST));
    }

    private static void sayShards(ServeConfig config, MetadataImage image) {
        if (image.shardCount() != config.wal().shards()) {
            LOG.atInfo()
                    .addKeyValue("configured", config.wal().shards())
                    .addKeyValue("actual", image.shardCount())
                    .log("There are other shards than wal-shards says, which counts when the cluster begins");
        }
    }

    private static void register(MetadataService metadata, ClusterNode node) {
        MetadataResult<ClusterNode> result =
                answer(metadata.registerNode(node), ANSWER_AT_MOST, "The gateway could not be registered");
        if (result instanceof MetadataResult.Rejected<ClusterNode>(var reason, String message)) {
            throw new ServiceException(
                    FailureCode.INTERNAL, "The gateway could not be registered: " + reason + ", " + message);
        }
    }

    private static void awaitLeaders(WalService wal, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!wal.isReady()) {
            if (System.nanoTime() > deadline) {
                throw new ServiceException(
                        FailureCode.NOT_LEADER, "A shard has no leader after " + atMost.toSeconds() + " s");
            }
            LockSupport.parkNanos(LOOK_AGAIN_NS);
        }
    }

    private static <T> T answer(CompletableFuture<T> future, Duration atMost, String otherwise) {
        try {
            return future.orTimeout(atMost.toMillis(), TimeUnit.MILLISECONDS).join();
        } catch (CompletionException failed) {
            ServiceException cause = ServiceException.of(failed);
            throw new ServiceException(cause.code(), otherwise + ": " + cause.getMessage(), cause);
        }
    }
}
