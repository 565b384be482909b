package io.weir.admin;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import io.weir.contracts.http.HttpResource;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Serves {@code /health/live}, {@code /health/ready} and {@code /metrics} over HTTP, and what other modules mount.
 *
 * <p>Threading: {@link #start} blocks until the port is bound and may take a second of CPU: call it from a thread of
 * its own. Health and metrics are answered on one event loop, so the suppliers must not block; each request to a
 * mounted resource has a virtual thread of its own, at most 64 at a time, and their bodies 64 MiB in all.
 */
public final class AdminServer implements AutoCloseable {
    private static final int EVENT_LOOP_THREADS = 1;
    private static final Duration UNBOUND_AT_MOST = Duration.ofSeconds(5);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(2);

    /** No resource may take a larger body. */
    public static final int MAX_BODY_BYTES = 8 << 20;

    private final ApplicationContext context;
    private final EmbeddedServer server;
    private final ProcessMeters meters;
    private final Mounted mounted;

    private AdminServer(ApplicationContext context, EmbeddedServer server, ProcessMeters meters, Mounted mounted) {
        this.context = context;
        this.server = server;
        this.meters = meters;
        this.mounted = mounted;
    }

    /** @throws RuntimeException when the port cannot be bound */
    public static AdminServer start(
            AdminConfig config, PrometheusMeterRegistry registry, Supplier<Readiness> readiness) {
        return start(
                config,
                registry,
                readiness,
                work -> Thread.ofVirtual().name("weir-http").start(work));
    }

    /** @param threads on which what is mounted answers */
    static AdminServer start(
            AdminConfig config, PrometheusMeterRegistry registry, Supplier<Readiness> readiness, Executor threads) {
        ApplicationContext context = ApplicationContext.builder()
                .deduceEnvironment(false)
                .deduceCloudEnvironment(false)
                .bootstrapEnvironment(false)
                .environmentPropertySource(false)
                .banner(false)
                .properties(Map.of(
                        "micronaut.server.host",
                        config.host(),
                        "micronaut.server.port",
                        config.port() == 0 ? -1 : config.port(),
                        "micronaut.server.max-request-size",
                        MAX_BODY_BYTES,
                        "micronaut.netty.event-loops.default.num-threads",
                        EVENT_LOOP_THREADS,
                        "micronaut.server.server-header",
                        "weir"))
                .build();
        Mounted mounted = new Mounted();
        context.registerSingleton(new Exposed(registry, readiness, mounted, threads));
        context.start();
        try {
            EmbeddedServer server = context.getBean(EmbeddedServer.class).start();
            ProcessMeters meters = new ProcessMeters();
            meters.bindTo(registry);
            return new AdminServer(context, server, meters, mounted);
        } catch (RuntimeException notBound) {
            context.close();
            throw notBound;
        }
    }

    /**
     * Serves a resource from now on. Until the process is ready, what is not mounted is answered with 503.
     *
     * @throws IllegalArgumentException when its prefix is taken or illegal, or its largest body too large
     */
    public void mount(HttpResource resource) {
        mounted.add(resource);
    }

    /** The one it was given, or the one it picked. */
    public int port() {
        return server.getPort();
    }

    /** Returns once the port is free: who starts a server at once, as after damage to a log, wants the same. */
    @Override
    public void close() {
        InetSocketAddress address = new InetSocketAddress(server.getHost(), server.getPort());
        server.stop();
        context.close();
        meters.close();
        // The library says that it has stopped a moment before it has closed its listener.
        long deadline = System.nanoTime() + UNBOUND_AT_MOST.toNanos();
        while (!isFree(address) && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
    }

    private static boolean isFree(InetSocketAddress address) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(address);
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}
