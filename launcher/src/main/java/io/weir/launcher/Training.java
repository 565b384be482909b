package io.weir.launcher;

import io.weir.launcher.cli.Invocation;
import io.weir.launcher.config.LogFormat;
import io.weir.launcher.config.ServeConfig;
import io.weir.launcher.config.Setting;
import io.weir.launcher.config.Settings;
import io.weir.launcher.logging.Logging;
import io.weir.launcher.serve.Server;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does once what servers and clients do when they start, in an empty directory, so that the JVM can keep the loaded
 * classes and profiles in its ahead-of-time cache. Run by the {@code weir} script after a build, never by people.
 */
public final class Training {
    private static final Logger LOG = LoggerFactory.getLogger(Training.class);
    private static final int RECORDS = 2_000;
    private static final int KEEPERS = 3;
    private static final int FIRST_PORT = 12_000;
    private static final int AFTER_LAST_PORT = 32_000;
    private static final int PORT_ATTEMPTS = 100;

    private Training() {}

    public static void main(String[] args) {
        int exitCode = 1;
        try {
            train(Path.of(args[0]));
            exitCode = 0;
        } catch (IOException | RuntimeException | Error failed) {
            // The build waits for the end of this process, whatever threads there are.
            LOG.atError().setCause(failed).log("The training run failed");
        }
        System.exit(exitCode);
    }

    private static void train(Path directory) throws IOException {
        Logging.forServer(LogFormat.TEXT);
        try (Server server = Server.start(config(directory.resolve("alone"), Map.of()))) {
            use(server);
            fetch("http://" + server.admin() + "/iceberg/v1/namespaces");
        }
        trainCluster(directory);
    }

    /** Nodes that keep everything, and one that keeps nothing, in this one process. They end with it. */
    private static void trainCluster(Path directory) throws IOException {
        StringJoiner peers = new StringJoiner(",");
        for (int node = 1; node <= KEEPERS; node++) {
            peers.add(node + "=127.0.0.1:" + freePort());
        }
        List<CompletableFuture<Server>> starting = new ArrayList<>();
        for (int node = 1; node <= KEEPERS + 1; node++) {
            Path data = directory.resolve("node-" + node);
            String number = Integer.toString(node);
            Map<Setting, String> settings = new EnumMap<>(Map.of(
                    Setting.NODE_ID,
                    number,
                    Setting.PEERS,
                    peers.toString(),
                    Setting.OBJECT_STORE,
                    "file:" + directory.resolve("objects")));
            if (node <= KEEPERS) {
                client(
                        "cluster",
                        "found",
                        "--data-dir",
                        data.toString(),
                        "--node-id",
                        number,
                        "--peers",
                        peers.toString());
            } else {
                settings.put(Setting.ROLES, "gateway");
            }
            ServeConfig config = config(data, settings);
            starting.add(CompletableFuture.supplyAsync(
                    () -> Server.start(config),
                    work -> Thread.ofPlatform().daemon().start(work)));
        }
        List<Server> servers = starting.stream().map(CompletableFuture::join).toList();
        use(servers.getLast());
        client("cluster", "describe", "--admin", "http://" + servers.getFirst().admin());
    }

    /**
     * A loopback port that nobody listens on, below those that Linux draws for outgoing connections: one of these could
     * take it before the server does.
     */
    private static int freePort() {
        return ThreadLocalRandom.current()
                .ints(PORT_ATTEMPTS, FIRST_PORT, AFTER_LAST_PORT)
                .filter(Training::isFree)
                .findFirst()
                .orElseThrow(() ->
                        new IllegalStateException("No free port from " + FIRST_PORT + " to " + (AFTER_LAST_PORT - 1)));
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }

    private static ServeConfig config(Path dataDirectory, Map<Setting, String> more) {
        Map<Setting, String> settings = new EnumMap<>(Map.of(
                Setting.DATA_DIR, dataDirectory.toString(),
                Setting.KAFKA_LISTEN, "127.0.0.1:0",
                Setting.ADMIN_LISTEN, "127.0.0.1:0",
                Setting.S3_LISTEN, "127.0.0.1:0"));
        settings.putAll(more);
        return ServeConfig.from(Settings.of(settings, Map.of(), Map.of()));
    }

    private static void use(Server server) throws IOException {
        String bootstrap = server.kafka().toString();
        System.setIn(new ByteArrayInputStream("key\tvalue\n".repeat(RECORDS).getBytes(StandardCharsets.UTF_8)));
        client("topic", "create", "training", "--bootstrap", bootstrap);
        client("produce", "training", "--keys", "--bootstrap", bootstrap);
        client("consume", "training", "--group", "g", "--from", "beginning", "-n", "10", "--bootstrap", bootstrap);
        client("group", "list", "--bootstrap", bootstrap);
        client("topic", "describe", "training", "--bootstrap", bootstrap);
        fetch("http://" + server.admin() + "/health/ready");
        fetch("http://" + server.admin() + "/metrics");
    }

    private static void client(String... args) {
        int exitCode = Invocation.execute(args);
        if (exitCode != 0) {
            throw new IllegalStateException(String.join(" ", args) + " ended with " + exitCode);
        }
    }

    private static void fetch(String url) throws IOException {
        try (InputStream body = URI.create(url).toURL().openStream()) {
            body.readAllBytes();
        }
    }
}
