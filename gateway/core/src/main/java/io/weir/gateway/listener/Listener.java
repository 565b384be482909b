package io.weir.gateway.listener;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.weir.gateway.connection.CloseReason;
import io.weir.gateway.connection.Protocol;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts the clients of one protocol at one address.
 *
 * <p>Threading: any thread. Ownership: its event loops end with {@link #close}.
 */
public final class Listener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
    private static final int BACKLOG = 4096;
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 << 10, 256 << 10);
    private static final Duration STALL = Duration.ofSeconds(1);

    private final ListenerConfig config;
    private final Protocol protocol;
    private final String name;
    private final AdmissionBudget budget;
    private final Traffic traffic;
    private final Set<ClientConnection> connections = ConcurrentHashMap.newKeySet();
    private volatile boolean draining;
    private @Nullable Transport transport;
    private @Nullable Channel server;

    /**
     * A listener that does not listen yet.
     *
     * @param name of the protocol, in metrics, logs and thread names
     */
    public Listener(String name, ListenerConfig config, Protocol protocol, MeterRegistry meters) {
        this.name = name;
        this.config = config;
        this.protocol = protocol;
        this.budget = new AdmissionBudget(config.requestBudgetBytes());
        this.traffic = new Traffic(name, budget, meters);
    }

    /**
     * Binds the address.
     *
     * @throws UncheckedIOException when it cannot be bound; nothing is left behind then
     */
    public synchronized void start() {
        if (transport != null) {
            throw new IllegalStateException("Listener " + name + " was started before");
        }
        Transport started = Transport.start("weir-" + name, config.eventLoops());
        transport = started;
        ChannelFuture bound = new ServerBootstrap()
                .group(started.loops())
                .channel(started.serverChannel())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childOption(
                        ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(2048, 16 << 10, 256 << 10))
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accept(channel);
                    }
                })
                .bind(config.host(), config.port())
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            var _ = started.loops().shutdownGracefully(0, 0, TimeUnit.SECONDS);
            Throwable cause = bound.cause();
            throw new UncheckedIOException(new IOException(
                    "Cannot listen on " + config.host() + ":" + config.port() + " for " + name + ": "
                            + (cause == null ? "cancelled" : cause.getMessage()),
                    cause));
        }
        server = bound.channel();
        long everyMs = Math.clamp(
                Math.min(config.frameTimeout().toMillis(), config.writeTimeout().toMillis()) / 4, 50, 2_000);
        var _ = started.loops().next().scheduleWithFixedDelay(this::sweep, everyMs, everyMs, TimeUnit.MILLISECONDS);
    }

    private void accept(Channel channel) {
        int open = traffic.opened();
        if (open > config.maxConnections() || draining) {
            traffic.gone();
            traffic.closing(draining ? CloseReason.DRAINING : CloseReason.TOO_MANY);
            var _ = channel.close();
            return;
        }
        ClientConnection connection;
        try {
            connection = new ClientConnection(channel, this, protocol);
        } catch (RuntimeException | Error failed) {
            // There is nobody yet who would hear of the channel's end, and give its place back.
            traffic.gone();
            traffic.closing(CloseReason.FAILED);
            throw failed;
        }
        connections.add(connection);
        channel.pipeline().addLast(connection);
        if (draining) {
            // It may have come too late to be found by the drain.
            channel.eventLoop().execute(connection::drainAndClose);
        }
    }

    private void sweep() {
        long now = System.nanoTime();
        for (ClientConnection connection : connections) {
            CloseReason overdue = connection.overdue(now);
            if (overdue != null) {
                connection.close(overdue);
            }
        }
        if (budget.heldByUnfinishedFrames()) {
            relieve(now);
        }
    }

    /**
     * Every byte is held by a frame that is not whole, so none will be freed: those who stall go, or one may get on.
     */
    private void relieve(long now) {
        boolean anyClosed = false;
        @Nullable ClientConnection closest = null;
        for (ClientConnection connection : connections) {
            if (connection.stalled(now, STALL)) {
                connection.close(CloseReason.HALF_OPEN);
                anyClosed = true;
            } else if (connection.missingBytes() > 0
                    && (closest == null || connection.missingBytes() < closest.missingBytes())) {
                closest = connection;
            }
        }
        if (!anyClosed && closest != null) {
            closest.grant();
        }
    }

    /** Where it listens. */
    public synchronized InetSocketAddress boundAddress() {
        if (server == null || !(server.localAddress() instanceof InetSocketAddress address)) {
            throw new IllegalStateException("Listener " + name + " is not bound");
        }
        return address;
    }

    /** How many clients are connected. */
    public int connections() {
        return traffic.connections();
    }

    /** Accepts no more clients and no more requests, answers what is owed, and closes each connection then. */
    public void drain(Duration atMost) {
        draining = true;
        Channel accepting;
        synchronized (this) {
            accepting = server;
        }
        if (accepting != null) {
            var _ = accepting.close().awaitUninterruptibly(atMost.toMillis());
        }
        connections.forEach(ClientConnection::drainAndClose);
        long deadline = System.nanoTime() + atMost.toNanos();
        synchronized (connections) {
            for (long left = atMost.toMillis(); !connections.isEmpty() && left > 0; left = left(deadline)) {
                try {
                    connections.wait(left);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    private static long left(long deadlineNanos) {
        return TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
    }

    /** Ends every connection and every event loop. */
    @Override
    public synchronized void close() {
        draining = true;
        connections.forEach(connection -> connection.close(CloseReason.DRAINING));
        if (transport != null) {
            var _ = transport
                    .loops()
                    .shutdownGracefully(0, 2, TimeUnit.SECONDS)
                    .awaitUninterruptibly(5, TimeUnit.SECONDS);
        }
    }

    ListenerConfig config() {
        return config;
    }

    AdmissionBudget budget() {
        return budget;
    }

    Traffic traffic() {
        return traffic;
    }

    void closing(ClientConnection connection, CloseReason reason) {
        traffic.closing(reason);
        if (reason != CloseReason.CLIENT && reason != CloseReason.DRAINING) {
            LOG.atInfo()
                    .addKeyValue("protocol", name)
                    .addKeyValue("connectionId", connection.id())
                    .addKeyValue("reason", reason.label())
                    .log("Closing connection");
        }
    }

    void refused(ClientConnection connection, FrameAssembler.FrameRefused refused) {
        LOG.atInfo()
                .addKeyValue("protocol", name)
                .addKeyValue("connectionId", connection.id())
                .addKeyValue("frameBytes", refused.length())
                .log("Refused a frame");
    }

    void failed(ClientConnection connection, Throwable cause) {
        LOG.atError()
                .addKeyValue("protocol", name)
                .addKeyValue("connectionId", connection.id())
                .setCause(cause)
                .log("Connection failed");
    }

    void closed(ClientConnection connection) {
        traffic.gone();
        synchronized (connections) {
            connections.remove(connection);
            connections.notifyAll();
        }
    }
}
