package io.weir.admin;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Serves {@code /health/live}, {@code /health/ready} and {@code /metrics} over HTTP.
 *
 * <p>Threading: {@link #start} blocks until the port is bound and may take a second of CPU: call it from a thread of
 * its own. Requests run on one event loop, so the suppliers must not block.
 */
public final class AdminServer implements AutoCloseable {
    private static final int EVENT_LOOP_THREADS = 1;
    private static final int MAX_REQUEST_BYTES = 64 << 10;

    private final ApplicationContext context;
    private final EmbeddedServer server;
    private final ProcessMeters meters;

    private AdminServer(ApplicationContext context, EmbeddedServer server, ProcessMeters meters) {
        this.context = context;
        this.server = server;
        this.meters = meters;
    }

    /** @throws RuntimeException when the port cannot be bound */
    public static AdminServer start(
            AdminConfig config, PrometheusMeterRegistry registry, Supplier<Readiness> readiness) {
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
                        MAX_REQUEST_BYTES,
                        "micronaut.netty.event-loops.default.num-threads",
                        EVENT_LOOP_THREADS,
                        "micronaut.server.server-header",
                        "weir"))
                .build();
        context.registerSingleton(new Exposed(registry, readiness));
        context.start();
        try {
            EmbeddedServer server = context.getBean(EmbeddedServer.class).start();
            ProcessMeters meters = new ProcessMeters();
            meters.bindTo(registry);
            return new AdminServer(context, server, meters);
        } catch (RuntimeException notBound) {
            context.close();
            throw notBound;
        }
    }

    /** The one it was given, or the one it picked. */
    public int port() {
        return server.getPort();
    }

    @Override
    public void close() {
        server.stop();
        context.close();
        meters.close();
    }
}
