package io.weir.consensus.ratis;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.ratis.grpc.server.ConnectBackoff;
import org.apache.ratis.grpc.server.GrpcServicesImpl;
import org.apache.ratis.protocol.RaftPeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the connections to the other peers tried again at once, at a steady pace. Left to itself the transport waits
 * longer after each failure, up to two minutes, and fails every call meanwhile: after a peer was away for seconds, a
 * vote could not be asked of it for as long again, although it was back (ADR 7).
 *
 * <p>Threading: a thread of its own.
 */
final class Reconnecting implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Reconnecting.class);

    private final GrpcServicesImpl transport;
    private final Supplier<Stream<RaftPeerId>> peers;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            work -> Thread.ofPlatform().daemon().name("consensus-reconnect").unstarted(work));

    /**
     * Begins at once.
     *
     * @param peers of every group, this one among them or not
     */
    Reconnecting(GrpcServicesImpl transport, Supplier<Stream<RaftPeerId>> peers, Duration pace) {
        this.transport = transport;
        this.peers = peers;
        ScheduledFuture<?> ticking =
                clock.scheduleWithFixedDelay(this::tick, pace.toMillis(), pace.toMillis(), TimeUnit.MILLISECONDS);
        LOG.atDebug().log("Connections are tried again every {}: {}", pace, ticking);
    }

    private void tick() {
        peers.get().filter(peer -> !peer.equals(transport.getId())).distinct().forEach(peer -> {
            try {
                ConnectBackoff.end(transport, peer);
            } catch (IOException | RuntimeException e) {
                LOG.atDebug().addKeyValue("peer", peer).setCause(e).log("No connection to reset");
            }
        });
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
