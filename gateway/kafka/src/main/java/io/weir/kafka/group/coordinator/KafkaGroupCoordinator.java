package io.weir.kafka.group.coordinator;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.cell.CellStore;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.identity.TopicId;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.kafka.group.cell.CellSession;
import io.weir.kafka.group.cell.OwnedCells;
import io.weir.kafka.protocol.ErrorTable;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.CoordinatorLoadInProgressException;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.coordinator.group.GroupConfigManager;
import org.apache.kafka.coordinator.group.GroupCoordinatorService;
import org.apache.kafka.coordinator.group.metrics.GroupCoordinatorMetrics;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka's group coordinator on this node's cells, for one tenant.
 *
 * <p>A cell that is acquired is an election, a session that ends is a resignation; in between the coordinator works
 * from memory and waits for nothing but its records' durability.
 *
 * <p>Threading: any thread; never blocks, but for {@link #start} (which builds and starts threads) and {@link #close}.
 */
public final class KafkaGroupCoordinator implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaGroupCoordinator.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final CoordinatorSettings settings;
    private final MetadataSource metadata;
    private final CommitObserver observer;
    private final ScheduledThreadPoolExecutor clock;
    private final OwnedCells cells;
    private final GroupConfigManager groupConfigs;
    private final GroupCoordinatorService service;
    private final CoordinatorAccess access;
    private final MetadataFeed feed;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile boolean started;

    /** Starts nothing and owns no cell before {@link #start}. */
    public KafkaGroupCoordinator(
            ConsumerGroupsConfig config,
            NodeId node,
            TenantId tenant,
            CellStore store,
            MetadataSource metadata,
            CommitObserver observer,
            MeterRegistry meters) {
        this(config, node, tenant, store, metadata, observer, meters, Surroundings.USUAL);
    }

    /**
     * What tests replace.
     *
     * @param loading where cells are loaded, if not on the coordinator's own thread
     * @param time by which offsets expire; timers run by the system's
     */
    record Surroundings(Optional<Executor> loading, Time time) {
        static final Surroundings USUAL = new Surroundings(Optional.empty(), Time.SYSTEM);
    }

    KafkaGroupCoordinator(
            ConsumerGroupsConfig config,
            NodeId node,
            TenantId tenant,
            CellStore store,
            MetadataSource metadata,
            CommitObserver observer,
            MeterRegistry meters,
            Surroundings around) {
        this.settings = new CoordinatorSettings(config);
        this.metadata = metadata;
        this.observer = observer;
        this.clock = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("weir-groups").factory());
        // Its thread is there before anything counts on it: an image or a cell that comes while none can be made would
        // else wait for the next one.
        clock.prestartCoreThread();
        clock.setRemoveOnCancelPolicy(true);
        clock.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        this.cells = new OwnedCells(
                store,
                node,
                metadata,
                config.maxBackOff(),
                config.maxInFlightBytes(),
                clock,
                new ElectionOnAcquisition());
        OffsetRecords offsets = new OffsetRecords(observer);
        CellKeys keys = new CellKeys(tenant);
        this.groupConfigs = settings.groupConfigs();
        NoShareGroups noShareGroups = new NoShareGroups();
        this.service = new GroupCoordinatorService.Builder(node.value(), settings.coordinator())
                .withTime(around.time())
                .withTimer(new ParkedTimer())
                .withWriter(new CellPartitionWriter(cells, keys, offsets))
                .withLoader(new CellLoader(
                        cells,
                        keys,
                        offsets,
                        around.loading().orElse(clock),
                        Clock.systemUTC(),
                        this::dropOffsetsOfNoTopic))
                .withCoordinatorRuntimeMetrics(new CoordinatorMeters(meters))
                .withGroupCoordinatorMetrics(
                        new GroupCoordinatorMetrics(new com.yammer.metrics.core.MetricsRegistry(), new Metrics()))
                .withGroupConfigManager(groupConfigs)
                .withPersister(noShareGroups)
                .withPartitionMetadataClient(noShareGroups)
                .withAuthorizerPlugin(Optional.empty())
                .build();
        this.access = new CoordinatorAccess(service);
        this.feed = new MetadataFeed(tenant, new ImagesToCoordinator(), clock);
        Gauge.builder("weir.group.cells.open", cells, OwnedCells::openCount)
                .description("Cells of groups that this gateway owns and has loaded")
                .register(meters);
    }

    /** Starts to acquire cells. Requests whose cell is not loaded yet are answered with retriable errors. */
    public synchronized void start() {
        if (closed.get()) {
            return;
        }
        started = true;
        service.startup(() -> CellStore.CELLS);
        feed.follow(metadata);
        cells.start();
    }

    public CompletableFuture<ConsumerGroupHeartbeatResponseData> consumerGroupHeartbeat(
            AuthorizableRequestContext context, ConsumerGroupHeartbeatRequestData request) {
        return service.consumerGroupHeartbeat(context, request);
    }

    public CompletableFuture<List<ConsumerGroupDescribeResponseData.DescribedGroup>> consumerGroupDescribe(
            AuthorizableRequestContext context, List<String> groups) {
        return service.consumerGroupDescribe(context, groups);
    }

    public CompletableFuture<JoinGroupResponseData> joinGroup(
            AuthorizableRequestContext context, JoinGroupRequestData request) {
        return service.joinGroup(context, request, BufferSupplier.NO_CACHING);
    }

    public CompletableFuture<SyncGroupResponseData> syncGroup(
            AuthorizableRequestContext context, SyncGroupRequestData request) {
        return service.syncGroup(context, request, BufferSupplier.NO_CACHING);
    }

    public CompletableFuture<HeartbeatResponseData> heartbeat(
            AuthorizableRequestContext context, HeartbeatRequestData request) {
        return service.heartbeat(context, request);
    }

    public CompletableFuture<LeaveGroupResponseData> leaveGroup(
            AuthorizableRequestContext context, LeaveGroupRequestData request) {
        return service.leaveGroup(context, request);
    }

    public CompletableFuture<ListGroupsResponseData> listGroups(
            AuthorizableRequestContext context, ListGroupsRequestData request) {
        return service.listGroups(context, request);
    }

    public CompletableFuture<List<DescribeGroupsResponseData.DescribedGroup>> describeGroups(
            AuthorizableRequestContext context, List<String> groups) {
        return service.describeGroups(context, groups);
    }

    public CompletableFuture<DeleteGroupsResponseData.DeletableGroupResultCollection> deleteGroups(
            AuthorizableRequestContext context, List<String> groups) {
        return service.deleteGroups(context, groups, BufferSupplier.NO_CACHING);
    }

    public CompletableFuture<OffsetCommitResponseData> commitOffsets(
            AuthorizableRequestContext context, OffsetCommitRequestData request) {
        return service.commitOffsets(context, request, BufferSupplier.NO_CACHING);
    }

    /** @param requireStable whether to wait for commits that are not durable yet */
    public CompletableFuture<OffsetFetchResponseData.OffsetFetchResponseGroup> fetchOffsets(
            AuthorizableRequestContext context,
            OffsetFetchRequestData.OffsetFetchRequestGroup request,
            boolean requireStable) {
        return service.fetchOffsets(context, request, requireStable);
    }

    public CompletableFuture<OffsetDeleteResponseData> deleteOffsets(
            AuthorizableRequestContext context, OffsetDeleteRequestData request) {
        return service.deleteOffsets(context, request, BufferSupplier.NO_CACHING);
    }

    /** The cell that a group lives in, by Kafka's hash. */
    public static CellId cellOf(String group) {
        return new CellId(Utils.abs(group.hashCode()) % CellStore.CELLS);
    }

    /** Whether the cell is to be owned by this node, whoever owns it now. */
    public boolean placedHere(CellId cell) {
        return cells.placedHere(cell);
    }

    /** Completes once the cell is owned here and loaded. */
    public CompletableFuture<Void> opened(CellId cell) {
        return cells.opened(cell);
    }

    /** Whether the cell is owned here and loaded, within a second. */
    public CompletableFuture<Boolean> openedSoon(CellId cell) {
        return cells.openedSoon(cell);
    }

    /** Whether every cell is loaded, but for those that other nodes own; answers within a second. */
    public CompletableFuture<Boolean> loaded() {
        return cells.allOpenedSoon();
    }

    /**
     * Reads from the coordinator's memory, and learns whether this node still owned the group's cell after the call was
     * made.
     *
     * @param answer of what was read, and whether it is not older than the call
     */
    public <T> CompletableFuture<T> confirmed(
            String group, Supplier<CompletableFuture<T>> read, BiFunction<T, Boolean, T> answer) {
        // The session of before the read: a later one would vouch for what is no longer there.
        Optional<CellSession> session = cells.session(cellOf(group));
        CompletableFuture<T> reading = read.get();
        CompletableFuture<Boolean> stillOurs =
                session.map(CellSession::confirm).orElseGet(() -> CompletableFuture.completedFuture(false));
        return reading.thenCombine(stillOurs, answer);
    }

    /** Gives the group's cell up for a moment, as a failed append does. */
    public void reload(String group) {
        cells.session(cellOf(group)).ifPresent(session -> session.end("Asked for"));
    }

    public List<GroupSetting> settings() {
        return settings.settings();
    }

    /** Why these settings of a group are refused; empty when they are fine. */
    public Optional<String> refusal(Map<String, String> proposed) {
        return settings.refusal(proposed);
    }

    /**
     * Answers what waits in groups with {@code NOT_COORDINATOR}, and owns no cell any more: to be followed by this
     * node's leaving, which gives the cells to others.
     */
    public void drain() {
        cells.drain();
    }

    @Override
    public synchronized void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        feed.close();
        if (!started) {
            // Its threads run since it was built, and it stops only what it has started.
            service.startup(() -> CellStore.CELLS);
        }
        service.shutdown();
        try {
            cells.close().get(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException kept) {
            LOG.atWarn().setCause(kept).log("Not every cell could be given up; others wait for the lease to run out");
        }
        clock.shutdownNow();
    }

    /** Offsets of topics that were deleted while nobody had the cell loaded. */
    private void dropOffsetsOfNoTopic(CellSession session, Map<TopicId, String> topics) {
        MetadataImage image = metadata.image();
        Map<TopicId, String> gone = new HashMap<>(topics);
        gone.keySet()
                .removeIf(id -> OffsetRecords.UNKNOWN_TOPIC.equals(id)
                        || image.topic(id).isPresent());
        if (!gone.isEmpty()) {
            dropOffsets(session.cell(), gone, true);
        }
    }

    /**
     * Kafka's runtime keeps the events of a cell in order. When the load was done before the runtime could wait for it,
     * the drop stands in front of the event that ends the loading, and is refused; asked again, it stands behind.
     */
    private void dropOffsets(CellId cell, Map<TopicId, String> gone, boolean mayBeTooEarly) {
        var _ = access.dropOffsets(cell.value(), gone).exceptionally(failure -> {
            if (mayBeTooEarly && ErrorTable.cause(failure) instanceof CoordinatorLoadInProgressException) {
                dropOffsets(cell, gone, false);
            } else {
                dropFailed(failure);
            }
            return null;
        });
    }

    private static void dropFailed(@Nullable Throwable failure) {
        LOG.atWarn().setCause(failure).log("Offsets of deleted topics stay until they expire");
    }

    private final class ElectionOnAcquisition implements OwnedCells.Listener {
        @Override
        public void acquired(CellSession session) {
            inCoordinator(() ->
                    service.onElection(session.cell().value(), session.epoch().value()));
        }

        @Override
        public void ended(CellSession session) {
            observer.cellLost(session.cell().value());
            inCoordinator(() -> service.onResignation(session.cell().value(), OptionalInt.empty()));
        }

        private void inCoordinator(Runnable change) {
            try {
                change.run();
            } catch (KafkaException closing) {
                LOG.atDebug().setCause(closing).log("The coordinator is closed");
            }
        }
    }

    private final class ImagesToCoordinator implements MetadataFeed.Sink {
        @Override
        public void topicsChanged(TenantTopics.Delta delta, TenantTopics now) {
            access.topicsChanged(delta, now);
        }

        @Override
        public void topicsDeleted(Map<TopicId, String> deleted) {
            for (CompletableFuture<Void> each : access.dropOffsets(deleted)) {
                var _ = each.exceptionally(failure -> {
                    dropFailed(failure);
                    return null;
                });
            }
        }

        @Override
        public void groupConfigured(String group, Properties values) {
            try {
                groupConfigs.updateGroupConfig(group, values);
            } catch (KafkaException refused) {
                LOG.atWarn().setCause(refused).log("A group's settings are refused by the coordinator");
            }
        }
    }
}
