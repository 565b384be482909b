package io.weir.metadata;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.weir.contracts.cell.CellAppend;
import io.weir.contracts.cell.CellContents;
import io.weir.contracts.cell.CellRecord;
import io.weir.contracts.cell.CellStore;
import io.weir.contracts.consensus.Consensus;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.ConfigResource;
import io.weir.contracts.metadata.MemberPlans;
import io.weir.contracts.metadata.MetadataCommands;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.MovePlans;
import io.weir.contracts.metadata.ShardPlans;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.schema.SchemaCommands;
import io.weir.contracts.table.TableCommands;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.cursor.CursorCodec;
import io.weir.metadata.cursor.CursorLimits;
import io.weir.metadata.cursor.CursorState;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.log.CommandCodec;
import io.weir.metadata.log.MetadataState;
import io.weir.metadata.record.Bounds;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metadata and the cells, each behind a Raft group of its own.
 *
 * <p>Threading: any thread, never blocked. Futures complete on threads of the service's that must not be blocked.
 *
 * <p>Durability: whatever a future says is done is fsynced by a quorum, and in this process's image.
 */
public final class MetadataService implements MetadataSource, MetadataCommands, CellStore, AutoCloseable {
    /** Neither group ever submits a larger entry: what their limits may be set to. */
    public static final int MAX_ENTRY_BYTES = 4 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(MetadataService.class);
    private static final long RETRY_MS = 200;

    private final MetadataConfig config;
    private final ScheduledThreadPoolExecutor timer;
    private final ImageFeed feed = new ImageFeed();
    private final LeaseWatch leases;
    private final SnapshotSchedule metadataSnapshots;
    private final SnapshotSchedule cursorSnapshots;
    private final MetadataState state;
    private final CursorState cursorState;
    private final ConsensusGroup metadata;
    private final ConsensusGroup cursors;
    private final Proposer metadataProposer;
    private final Proposer cursorProposer;
    private final ProposedCommands commands;
    private final FencedCells cells;
    private final CompletableFuture<MetadataImage> ready = new CompletableFuture<>();
    private final Presence presence;
    private volatile boolean opened;
    private volatile boolean closed;

    /** Opens both groups: blocks until they have replayed their logs, not until they have leaders. */
    public MetadataService(MetadataConfig config, Consensus consensus, MeterRegistry meters) {
        this.config = config;
        this.timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("weir-metadata-timer").factory());
        timer.setRemoveOnCancelPolicy(true);
        timer.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        this.leases =
                new LeaseWatch(new Leases(config.node(), config.nodeLease()), System::nanoTime, timer, this::expire);
        this.presence = new Presence(new PresenceInGroup(), this::wakeAfter, System::nanoTime, config.nodeLease());
        this.metadataSnapshots = new SnapshotSchedule("metadata", config.snapshotBytes(), meters);
        this.cursorSnapshots = new SnapshotSchedule("cursors", config.snapshotBytes(), meters);
        this.state = new MetadataState(new MetadataEvents());
        this.cursorState = new CursorState(CursorLimits.STANDARD, new CursorEvents());
        ConsensusGroup first = null;
        try {
            first = consensus.open("metadata", state);
            this.cursors = consensus.open("cursors", cursorState);
        } catch (RuntimeException failed) {
            if (first != null) {
                first.close();
            }
            leases.close();
            timer.shutdownNow();
            throw failed;
        }
        this.metadata = first;
        this.metadataProposer = new Proposer(
                metadata,
                batch -> CommandCodec.entry(System.currentTimeMillis(), batch),
                latency(meters, "metadata"),
                config.queuedCommands(),
                config.queuedBytes());
        this.cursorProposer = new Proposer(
                cursors, CursorCodec::entry, latency(meters, "cursors"), config.queuedCommands(), config.queuedBytes());
        this.commands = new ProposedCommands(metadataProposer, state::image, this::renew);
        this.cells = new FencedCells(commands, cursorProposer, cursors, cursorState);
        gauges(meters);
        opened = true;
        metadataSnapshots.start(metadata);
        cursorSnapshots.start(cursors);
        presence.start();
        leadershipMayHaveChanged();
    }

    private Runnable wakeAfter(long delayNanos, Runnable work) {
        ScheduledFuture<?> alarm = timer.schedule(work, delayNanos, TimeUnit.NANOSECONDS);
        return () -> alarm.cancel(false);
    }

    private static Timer latency(MeterRegistry meters, String group) {
        return Timer.builder("weir.metadata.command.latency")
                .description("From a command's proposal to its outcome")
                .tags(Tags.of("group", group))
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(1))
                .maximumExpectedValue(Duration.ofSeconds(30))
                .register(meters);
    }

    private void gauges(MeterRegistry meters) {
        Gauge.builder("weir.metadata.topics", state, s -> s.image().topicTable().size())
                .register(meters);
        Gauge.builder(
                        "weir.metadata.partitions",
                        state,
                        s -> s.image().topicTable().streams())
                .register(meters);
        Gauge.builder("weir.metadata.image.version", state, s -> s.image().version())
                .register(meters);
        Gauge.builder("weir.cursor.bytes", cursorState, CursorState::liveBytes)
                .description("Live keys and values of all cells")
                .register(meters);
    }

    /**
     * Completes once the cluster exists, both groups have a leader that this process knows of, itself or another, and
     * the image was current after this process has started: commands that come before are refused, as
     * {@code NOT_LEADER}.
     */
    public CompletableFuture<MetadataImage> ready() {
        return ready.copy();
    }

    private final class MetadataEvents implements MetadataState.Observer {
        @Override
        public void applied(
                ClusterImage before, ClusterImage after, Set<TopicId> changed, Set<TopicId> deleted, int bytes) {
            metadataSnapshots.applied(bytes);
            if (after.version() == before.version()) {
                return;
            }
            feed.changed(after, changed, deleted);
            if (!after.nodeTable().equals(before.nodeTable())) {
                leases.nodesChanged(after);
                presence.imageChanged();
            }
            mayBeReady(after);
        }

        @Override
        public void restored(ClusterImage image) {
            feed.replaced(image);
            leases.nodesChanged(image);
            presence.imageChanged();
            mayBeReady(image);
        }

        private void mayBeReady(ClusterImage image) {
            if (!ready.isDone() && image.exists()) {
                leadershipMayHaveChanged();
            }
        }

        @Override
        public void leadershipChanged(Leadership leadership) {
            presence.leadershipChanged(leadership);
            if (leadership instanceof Leadership.Following) {
                leases.resign();
            }
            leadershipMayHaveChanged();
        }

        @Override
        public void heardFrom(NodeId node) {
            leases.renew(node, System.nanoTime());
        }

        @Override
        public void connectionLost(NodeId node) {
            leases.connectionLost(node);
        }

        @Override
        public void written(long bytes) {
            metadataSnapshots.written(bytes);
        }
    }

    private final class CursorEvents implements CursorState.Observer {
        @Override
        public void applied(int bytes) {
            cursorSnapshots.applied(bytes);
        }

        @Override
        public void leadershipChanged(Leadership leadership) {
            leadershipMayHaveChanged();
        }

        @Override
        public void written(long bytes) {
            cursorSnapshots.written(bytes);
        }
    }

    private final class PresenceInGroup implements Presence.Group {
        @Override
        public CompletableFuture<Void> barrier() {
            return metadata.barrier();
        }

        @Override
        public boolean shows(ClusterNode node) {
            return announced(node);
        }

        @Override
        public CompletableFuture<?> register(ClusterNode node) {
            return commands.propose(new MetadataCommand.RegisterNode(node));
        }

        @Override
        public void confirmed() {
            if (!ready.isDone()) {
                leadershipMayHaveChanged();
            }
        }
    }

    /** Does what is due now, off the group's thread: it may be called before the groups are known. */
    private void leadershipMayHaveChanged() {
        if (opened && !closed) {
            timer.execute(this::settle);
        }
    }

    private void settle() {
        switch (metadata.leadership()) {
            case Leadership.Leading(long term) -> lead(term);
            case Leadership.Following(var leader) -> {
                // Again: it may have been lost while an earlier turn here was just taking it up.
                leases.resign();
                ClusterImage image = state.image();
                boolean current = presence.age().compareTo(Presence.NEVER) < 0;
                if (leader.isPresent() && image.exists() && current && isLed(cursors)) {
                    ready.complete(image);
                }
            }
        }
    }

    /** Peers that found a cluster together start alike: only the one that leads creates it. */
    private void lead(long term) {
        ClusterImage image = state.image();
        if (!image.exists()) {
            createCluster();
            return;
        }
        leases.lead(term, image);
        if (isLed(cursors)) {
            ready.complete(image);
        }
    }

    private static boolean isLed(ConsensusGroup group) {
        return switch (group.leadership()) {
            case Leadership.Leading _ -> true;
            case Leadership.Following(var leader) -> leader.isPresent();
        };
    }

    private void createCluster() {
        MetadataCommand create = new MetadataCommand.CreateCluster(
                FreshIds.text(FreshIds.draw()),
                config.shardCount(),
                new Bounds(config.maxTopics(), config.maxStreams(), config.maxConfiguredGroups()));
        var _ = commands.propose(create).whenComplete((result, failure) -> {
            if (failure != null && !closed) {
                LOG.atWarn().setCause(failure).log("Could not create the cluster; trying again");
                var _ = timer.schedule(this::settle, RETRY_MS, TimeUnit.MILLISECONDS);
            }
        });
    }

    private void expire(Leases.Expiry expiry) {
        LOG.atInfo().addKeyValue("nodeId", expiry.node()).log("A node's lease ran out");
        var _ = commands.propose(new MetadataCommand.ExpireNode(expiry.node(), expiry.registration()))
                .whenComplete((result, failure) -> {
                    if (failure != null) {
                        LOG.atWarn().setCause(failure).log("Could not end a lease; trying again a lease later");
                    }
                });
    }

    /** A node that announces what the image shows already needs no entry: its countdown starts anew. */
    private CompletableFuture<Boolean> renew(ClusterNode node) {
        long sentNanos = System.nanoTime();
        if (!announced(node)) {
            return CompletableFuture.completedFuture(false);
        }
        leases.renew(node.id(), sentNanos);
        return metadata.barrier().handle((current, failure) -> failure == null && announced(node));
    }

    private boolean announced(ClusterNode node) {
        return state.image()
                .node(node.id())
                .filter(known -> known.node().equals(node))
                .isPresent();
    }

    @Override
    public MetadataImage image() {
        return state.image();
    }

    /**
     * Zero while this process leads: what is committed is in its image before anyone is told so. Else the time since
     * the last barrier that was passed was sent.
     */
    @Override
    public Duration age() {
        return presence.age();
    }

    @Override
    public Subscription subscribe(Listener listener) {
        return feed.subscribe(listener);
    }

    /** Changes of tables; the image shows them. */
    public TableCommands tables() {
        return new ProposedTables(
                commands,
                () -> metadata.barrier().thenApply(current -> state.image().tables()));
    }

    /** Which nodes are to take part in the groups, and which no more. */
    public MemberPlans members() {
        return new ProposedMembers(commands, state::image);
    }

    /** Which streams move, and how far they have come; the image shows it. */
    public MovePlans moves() {
        return new ProposedMoves(commands);
    }

    /** Adds shards; the image shows them. */
    public ShardPlans shards() {
        return (total, founders) -> commands.propose(new MetadataCommand.AddShards(total, founders));
    }

    /** Changes of schemas; the image shows them. */
    public SchemaCommands schemas() {
        return new ProposedSchemas(commands);
    }

    @Override
    public CompletableFuture<MetadataResult<Topic>> createTopic(
            TenantId tenant, String name, int partitions, Map<String, String> settings) {
        return commands.createTopic(tenant, name, partitions, settings);
    }

    @Override
    public CompletableFuture<MetadataResult<Topic>> validateTopic(
            TenantId tenant, String name, int partitions, Map<String, String> settings) {
        return commands.validateTopic(tenant, name, partitions, settings);
    }

    @Override
    public CompletableFuture<MetadataResult<Topic>> deleteTopic(TenantId tenant, TopicId topic) {
        return commands.deleteTopic(tenant, topic);
    }

    @Override
    public CompletableFuture<MetadataResult<Topic>> addPartitions(
            TenantId tenant, String name, int total, boolean validateOnly) {
        return commands.addPartitions(tenant, name, total, validateOnly);
    }

    @Override
    public CompletableFuture<MetadataResult<Topic>> configureTopic(
            TenantId tenant,
            String name,
            Map<String, @Nullable String> changes,
            boolean replace,
            boolean validateOnly) {
        return commands.configureTopic(tenant, name, changes, replace, validateOnly);
    }

    @Override
    public CompletableFuture<MetadataResult<Map<String, String>>> configure(
            ConfigResource resource, Map<String, @Nullable String> changes, boolean replace) {
        return commands.configure(resource, changes, replace);
    }

    @Override
    public CompletableFuture<MetadataResult<Long>> allocateProducerIds(int count) {
        return commands.allocateProducerIds(count);
    }

    @Override
    public CompletableFuture<MetadataResult<ClusterNode>> registerNode(ClusterNode node) {
        if (node.id().equals(config.node())) {
            presence.announce(node);
        }
        return commands.registerNode(node);
    }

    @Override
    public CompletableFuture<MetadataResult<NodeId>> unregisterNode(NodeId node) {
        if (node.equals(config.node())) {
            presence.withdraw();
        }
        return commands.unregisterNode(node);
    }

    @Override
    public CompletableFuture<Optional<Epoch>> acquire(CellId cell, NodeId owner) {
        return cells.acquire(cell, owner);
    }

    @Override
    public CompletableFuture<CellAppend> append(
            CellId cell, Epoch epoch, long expectedPosition, List<CellRecord> records) {
        return cells.append(cell, epoch, expectedPosition, records);
    }

    @Override
    public CompletableFuture<CellContents> load(CellId cell, Epoch epoch) {
        return cells.load(cell, epoch);
    }

    @Override
    public CompletableFuture<Void> resign(CellId cell, Epoch epoch) {
        return cells.resign(cell, epoch);
    }

    /** Refuses what is not proposed yet, and closes both groups. */
    @Override
    public void close() {
        closed = true;
        leases.close();
        presence.close();
        timer.shutdownNow();
        metadataProposer.close();
        cursorProposer.close();
        metadata.close();
        cursors.close();
        feed.close();
    }
}
