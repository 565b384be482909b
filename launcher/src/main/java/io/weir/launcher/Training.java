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
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does once what servers and clients do when they start, in an empty directory, so that the JVM can keep the loaded
 * classes and profiles in its ahead-of-time cache. Run by the {@code weir} script after a build, never by people.
 */
public final class Training {
    private static final Logger LOG = LoggerFactory.getLogger(Training.class);
    private static final int RECORDS = 2_000;

    private Training() {}

    public static void main(String[] args) {
        int exitCode = 1;
        try {
            train(args[0]);
            exitCode = 0;
        } catch (IOException | RuntimeException | Error failed) {
            // The build waits for the end of this process, whatever threads there are.
            LOG.atError().setCause(failed).log("The training run failed");
        }
        System.exit(exitCode);
    }

    private static void train(String dataDirectory) throws IOException {
        Logging.forServer(LogFormat.TEXT);
        ServeConfig config = ServeConfig.from(Settings.of(
                Map.of(
                        Setting.DATA_DIR, dataDirectory,
                        Setting.KAFKA_LISTEN, "127.0.0.1:0",
                        Setting.ADMIN_LISTEN, "127.0.0.1:0",
                        Setting.S3_LISTEN, "127.0.0.1:0"),
                Map.of(),
                Map.of()));
        try (Server server = Server.start(config)) {
            String bootstrap = server.kafka().toString();
            System.setIn(new ByteArrayInputStream("key\tvalue\n".repeat(RECORDS).getBytes(StandardCharsets.UTF_8)));
            client("topic", "create", "training", "--bootstrap", bootstrap);
            client("produce", "training", "--keys", "--bootstrap", bootstrap);
            client("consume", "training", "--group", "g", "--from", "beginning", "-n", "10", "--bootstrap", bootstrap);
            client("group", "list", "--bootstrap", bootstrap);
            client("topic", "describe", "training", "--bootstrap", bootstrap);
            fetch("http://" + server.admin() + "/health/ready");
            fetch("http://" + server.admin() + "/metrics");
            fetch("http://" + server.admin() + "/iceberg/v1/namespaces");
        }
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
