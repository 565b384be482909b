package io.weir.consensus.ratis;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.ratis.forward.PeerChannels;
import io.weir.contracts.consensus.Consensus;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Groups whose replicas are on other nodes (ADR 9). It keeps no file but, for a moment, a snapshot on its way, below
 * the configured directory.
 *
 * <p>Threading: any thread. One thread of its own looks after the time.
 */
public final class FollowingConsensus implements Consensus {
    private static final Logger LOG = LoggerFactory.getLogger(FollowingConsensus.class);

    /** For the transport to tell of the end of what was cancelled: it does so at once. */
    private static final Duration END_PATIENCE = Duration.ofSeconds(5);

    private final ConsensusConfig config;
    private final Function<String, List<Peer>> founders;
    private final MeterRegistry meters;
    private final PeerId self;
    private final PeerChannels channels = new PeerChannels();
    private final Map<String, FollowedGroup> groups = new ConcurrentHashMap<>();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            work -> Thread.ofPlatform().daemon().name("consensus-follow").unstarted(work));
    private volatile boolean closed;

    /**
     * Of a node, in this life of its process.
     *
     * @param config the limits that the replicas have, too; their election timeout
     * @param founders the peers that a group began with: whom to ask first, and again when nobody answers; may block
     */
    public FollowingConsensus(
            NodeId node, ConsensusConfig config, Function<String, List<Peer>> founders, MeterRegistry meters) {
        this(node, config, founders, meters, InstantSource.system());
    }

    /** With a clock that tells this life of the process from others. */
    FollowingConsensus(
            NodeId node,
            ConsensusConfig config,
            Function<String, List<Peer>> founders,
            MeterRegistry meters,
            InstantSource clock) {
        this.config = config;
        this.founders = founders;
        this.meters = meters;
        this.self = new PeerId(node, clock.millis());
        long pace = Math.max(1, config.electionTimeout().dividedBy(2).toMillis());
        ScheduledFuture<?> ticking = this.clock.scheduleWithFixedDelay(this::tick, pace, pace, TimeUnit.MILLISECONDS);
        LOG.atDebug().log("Replicas are looked after every {} ms: {}", pace, ticking);
    }

    private void tick() {
        Reconnecting.attempt(() -> channels.refresh(groups.values().stream().flatMap(FollowedGroup::peers)));
        groups.values().forEach(group -> Reconnecting.attempt(group::tick));
    }

    PeerId self() {
        return self;
    }

    PeerChannels channels() {
        return channels;
    }

    /** Does something a moment from now, on a thread that may be blocked. */
    void later(Runnable work, Duration pause) {
        try {
            ScheduledFuture<?> scheduled = clock.schedule(
                    () -> Thread.ofVirtual().name("consensus-follow-next").start(work),
                    pause.toMillis(),
                    TimeUnit.MILLISECONDS);
            LOG.atTrace().log("Next: {}", scheduled);
        } catch (RejectedExecutionException ended) {
            LOG.atTrace().setCause(ended).log("Nothing is followed any more");
        }
    }

    @Override
    public ConsensusGroup open(String name, ReplicatedState state) {
        if (closed) {
            throw new ServiceException(FailureCode.SHUTTING_DOWN, "Consensus is closed");
        }
        FollowedGroup group = new FollowedGroup(name, state, () -> founders.apply(name), config, this);
        if (groups.putIfAbsent(name, group) != null) {
            throw new IllegalStateException("Group " + name + " is open already");
        }
        gauge("weir.consensus.failed", group, it -> it.failure().isPresent() ? 1 : 0);
        gauge("weir.consensus.diverged", group, it -> it.divergence().isPresent() ? 1 : 0);
        group.follow();
        return group;
    }

    private void gauge(String meter, FollowedGroup group, java.util.function.ToDoubleFunction<FollowedGroup> value) {
        Gauge.builder(meter, group, value).tag("group", group.name()).register(meters);
    }

    /** The groups that are open. */
    public List<ConsensusGroup> groups() {
        return List.copyOf(groups.values());
    }

    void close(FollowedGroup group) {
        group.end();
        group.awaitEnd(System.nanoTime() + END_PATIENCE.toNanos());
        groups.remove(group.name(), group);
    }

    @Override
    public void close() {
        closed = true;
        groups.values().forEach(FollowedGroup::end);
        long untilNanos = System.nanoTime() + END_PATIENCE.toNanos();
        groups.values().forEach(group -> group.awaitEnd(untilNanos));
        groups.clear();
        clock.shutdownNow();
        channels.close();
    }
}
