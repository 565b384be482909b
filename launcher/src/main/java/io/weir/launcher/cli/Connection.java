package io.weir.launcher.cli;

import io.weir.launcher.config.DurationText;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** Where a client command connects, and how long it waits: options that they all have. */
final class Connection {
    private static final String DEFAULT_BOOTSTRAP = "127.0.0.1:9092";
    private static final Duration RECONNECT_BACKOFF = Duration.ofMillis(20);

    @Option(
            names = "--bootstrap",
            paramLabel = "HOST:PORT",
            description = "The server. Default: WEIR_BOOTSTRAP, or " + DEFAULT_BOOTSTRAP)
    private @Nullable String bootstrap;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "15s",
            converter = DurationConverter.class,
            description = "How long to wait for the server. Default: ${DEFAULT-VALUE}")
    @SuppressWarnings("NullAway.Init")
    private Duration timeout;

    Duration timeout() {
        return timeout;
    }

    String bootstrap() {
        return Objects.requireNonNullElseGet(
                bootstrap, () -> System.getenv().getOrDefault("WEIR_BOOTSTRAP", DEFAULT_BOOTSTRAP));
    }

    /** What every Kafka client of this process is configured with. */
    Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>();
        settings.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrap());
        settings.put(CommonClientConfigs.CLIENT_ID_CONFIG, "weir-cli");
        settings.put(CommonClientConfigs.RECONNECT_BACKOFF_MS_CONFIG, RECONNECT_BACKOFF.toMillis());
        settings.put(CommonClientConfigs.ENABLE_METRICS_PUSH_CONFIG, false);
        settings.put(CommonClientConfigs.METRIC_REPORTER_CLASSES_CONFIG, "");
        return settings;
    }

    Admin admin() {
        Map<String, Object> settings = settings();
        int timeoutMs = Math.toIntExact(timeout.toMillis());
        settings.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, timeoutMs);
        settings.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, timeoutMs);
        return Admin.create(settings);
    }

    /**
     * Waits for an answer.
     *
     * @throws CommandFailedException with the server's reason
     */
    <T> T await(KafkaFuture<T> answer) throws InterruptedException {
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            Throwable cause = Objects.requireNonNullElse(failed.getCause(), failed);
            throw new CommandFailedException(describe(cause));
        } catch (TimeoutException late) {
            throw new CommandFailedException("No answer from " + bootstrap() + " within " + timeout.toMillis() + " ms");
        }
    }

    private String describe(Throwable failure) {
        if (failure instanceof org.apache.kafka.common.errors.TimeoutException) {
            return "No answer from " + bootstrap() + ": " + failure.getMessage();
        }
        return Objects.requireNonNullElse(
                failure.getMessage(), failure.getClass().getSimpleName());
    }

    /** Reads durations as the settings do. */
    static final class DurationConverter implements CommandLine.ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            try {
                Duration duration = DurationText.parse(text);
                if (duration.toMillis() > Integer.MAX_VALUE) {
                    throw new IllegalArgumentException("'" + text + "' is longer than 24 days");
                }
                return duration;
            } catch (IllegalArgumentException illegal) {
                throw new CommandLine.TypeConversionException(illegal.getMessage());
            }
        }
    }
}
