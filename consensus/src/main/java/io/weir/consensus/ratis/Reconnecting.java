package io.weir.consensus.ratis;

import io.weir.consensus.ratis.forward.PeerChannels;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.grpc.server.ConnectBackoff;
import org.apache.ratis.grpc.server.GrpcServicesImpl;
import org.apache.ratis.protocol.RaftPeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the connections to the other peers tried again at once, at a steady pace, and what waits for them given up in
 * time. Left to itself the transport waits longer after each failure, up to two minutes, and fails every call
 * meanwhile: after a peer was away for seconds, a vote could not be asked of it for as long again, although it was back
 * (ADR 7).
 *
 * <p>Threading: a thread of its own.
 */
final class Reconnecting implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Reconnecting.class);

    private final GrpcServicesImpl transport;
    private final PeerChannels channels;
    private final Collection<RatisGroup> groups;
    private final PeersAway away;
    private final StartedGroups started;
    private final StaleConnections stale;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            work -> Thread.ofPlatform().daemon().name("consensus-reconnect").unstarted(work));

    /**
     * Begins at once.
     *
     * @param channels our own connections
     * @param groups all of them, as they come and go
     * @param away is told to look at them at the same pace
     * @param started likewise
     * @param stale likewise
     */
    Reconnecting(
            GrpcServicesImpl transport,
            PeerChannels channels,
            Collection<RatisGroup> groups,
            PeersAway away,
            StartedGroups started,
            StaleConnections stale,
            Duration pace) {
        this.transport = transport;
        this.channels = channels;
        this.groups = groups;
        this.away = away;
        this.started = started;
        this.stale = stale;
        ScheduledFuture<?> ticking =
                clock.scheduleWithFixedDelay(this::tick, pace.toMillis(), pace.toMillis(), TimeUnit.MILLISECONDS);
        LOG.atDebug().log("Connections are tried again every {}: {}", pace, ticking);
    }

    private void tick() {
        attempt(() -> channels.refresh(groups.stream().flatMap(RatisGroup::reached)));
        attempt(() -> groups.stream()
                .flatMap(RatisGroup::peers)
                .map(peer -> RaftPeerId.valueOf(peer.id().toString()))
                .filter(peer -> !peer.equals(transport.getId()))
                .distinct()
                .forEach(this::reconnect));
        for (RatisGroup group : groups) {
            attempt(group::tick);
            attempt(() -> away.look(group));
        }
        attempt(() -> stale.look(groups));
        attempt(started::look);
    }

    /**
     * The next tick would never come after an exception, and what one group fails at is no matter of the next one's.
     */
    static void attempt(Runnable part) {
        try {
            part.run();
        } catch (RuntimeException | Error e) {
            LOG.atWarn().setCause(e).log("Groups and connections could not all be looked after this time");
        }
    }

    private void reconnect(RaftPeerId peer) {
        try {
            ConnectBackoff.end(transport, peer);
        } catch (IOException | RuntimeException e) {
            LOG.atDebug().addKeyValue("peer", peer).setCause(e).log("No connection to reset");
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
