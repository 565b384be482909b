package io.weir.launcher.serve;

import static java.util.Objects.requireNonNull;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.weir.admin.AdminConfig;
import io.weir.admin.AdminServer;
import io.weir.admin.Readiness;
import io.weir.contracts.failure.ServiceException;
import io.weir.launcher.config.HostPort;
import io.weir.launcher.config.Role;
import io.weir.launcher.config.ServeConfig;
import io.weir.launcher.data.DataDirectory;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One process with its roles in it, serving.
 *
 * <p>Threading: any thread; {@link #close} takes effect once. Durability: nothing is written before the data
 * directory's format, its lock and the ports have been checked.
 */
public final class Server implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    private static final Duration DRAIN_AT_MOST = Duration.ofSeconds(10);

    private static final Supplier<Readiness> STOPPING = () -> new Readiness.NotReady("stopping");

    private final OpenParts parts;
    private final AtomicReference<Supplier<Readiness>> readiness;
    private final Roles roles;
    private final HostPort admin;
    private final CountDownLatch closed = new CountDownLatch(1);

    private Server(OpenParts parts, AtomicReference<Supplier<Readiness>> readiness, Roles roles, HostPort admin) {
        this.parts = parts;
        this.readiness = readiness;
        this.roles = roles;
        this.admin = admin;
    }

    /**
     * Opens everything; returns once clients are served.
     *
     * @throws PortInUseException before anything is changed
     * @throws io.weir.launcher.data.DataDirectoryException before anything is changed
     * @throws io.weir.contracts.failure.ServiceException when a part cannot be opened; what was opened is closed again
     */
    public static Server start(ServeConfig config) {
        return start(RoleConfigs.of(config, Pace.STANDARD));
    }

    static Server start(RoleConfigs configs) {
        try {
            return startOnce(configs);
        } catch (ServiceException refused) {
            if (!DataDirectory.isQuarantined(configs.serve().dataDir())) {
                throw refused;
            }
            LOG.atError().setCause(refused).log("This node's log is damaged; it starts again without it");
            return startOnce(configs);
        }
    }

    private static Server startOnce(RoleConfigs configs) {
        ServeConfig config = configs.serve();
        DataDirectory.check(config.dataDir());
        if (config.roles().has(Role.GATEWAY)) {
            requireFree("kafka-listen", config.listen().kafka());
        }
        requireFree("admin-listen", config.listen().admin());
        if (config.cluster().isPeer()) {
            requireFree("cluster-listen", config.cluster().listening());
        }
        if (TableEndpoint.isWanted(config)) {
            requireFree("s3-listen", config.listen().s3());
        }
        OpenParts parts = new OpenParts();
        try {
            DataDirectory data = parts.add(
                    "data directory",
                    DataDirectory.open(config.dataDir(), config.roles().has(Role.METADATA)));
            return open(configs, data, parts);
        } catch (RuntimeException failed) {
            parts.close();
            throw failed;
        }
    }

    private static Server open(RoleConfigs configs, DataDirectory data, OpenParts parts) {
        ServeConfig config = configs.serve();
        PrometheusMeterRegistry meters = ServerMeters.open(config);
        AtomicReference<Supplier<Readiness>> readiness =
                new AtomicReference<>(() -> new Readiness.NotReady("starting"));
        HostPort adminAddress = config.listen().admin();
        // Its start costs most of a second of CPU, and nobody waits for it until the end.
        CompletableFuture<AdminServer> admin = CompletableFuture.supplyAsync(
                () -> AdminServer.start(
                        new AdminConfig(adminAddress.host(), adminAddress.port()),
                        meters,
                        () -> requireNonNull(readiness.get()).get()),
                task -> Thread.ofPlatform().name("start-admin").start(task));
        parts.add("admin", () -> admin.thenAccept(AdminServer::close).join());
        Optional<TableEndpoint> endpoint = TableEndpoint.begin(config);
        endpoint.ifPresent(local -> parts.add("s3 endpoint", local));
        Roles roles = Roles.open(configs, data, endpoint, meters, parts);
        roles.resources().forEach(joined(admin)::mount);
        int adminPort = joined(admin).port();
        readiness.set(roles::readiness);
        return new Server(parts, readiness, roles, adminAddress.withPort(adminPort));
    }

    private static AdminServer joined(CompletableFuture<AdminServer> admin) {
        try {
            return admin.join();
        } catch (CompletionException failed) {
            throw failed.getCause() instanceof RuntimeException cause ? cause : failed;
        }
    }

    /**
     * Where Kafka clients connect.
     *
     * @throws IllegalStateException when it is no gateway
     */
    public HostPort kafka() {
        return roles.kafka().orElseThrow(() -> new IllegalStateException("It is no gateway"));
    }

    /** What it does and where, for whoever started it. */
    public String description() {
        return roles.kafka().map(address -> "kafka=" + address + " ").orElse("") + "admin=http://" + admin;
    }

    /** Where health and metrics are. */
    public HostPort admin() {
        return admin;
    }

    /** Waits until somebody has closed the server. */
    public void awaitClose() throws InterruptedException {
        closed.await();
    }

    /**
     * Takes no more requests, answers those that are under way, within a bounded time, and closes everything in the
     * reverse order. Nothing is flushed: what was acknowledged is in the log.
     */
    @Override
    public void close() {
        if (STOPPING.equals(readiness.getAndSet(STOPPING))) {
            return;
        }
        LOG.atInfo().log("Stopping");
        try {
            roles.drain(DRAIN_AT_MOST);
        } finally {
            parts.close();
            closed.countDown();
        }
        LOG.atInfo().log("Stopped");
    }

    private static void requireFree(String setting, HostPort address) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(address.socketAddress());
        } catch (IOException taken) {
            throw new PortInUseException(setting + " " + address + ": " + taken.getMessage());
        }
    }
}
