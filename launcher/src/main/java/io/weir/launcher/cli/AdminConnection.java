package io.weir.launcher.cli;

import io.weir.launcher.config.JsonDocument;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a command finds the administrative listener, and how long it waits: options that they all have. */
final class AdminConnection {
    private static final String DEFAULT_ADMIN = "http://127.0.0.1:8080";
    private static final int MOST_ANSWER_BYTES = 64 << 20;
    private static final int OK = 200;
    private static final int UNAVAILABLE = 503;
    /** An election takes a few seconds at most. */
    private static final int TIMES = 20;

    private static final Duration PAUSE = Duration.ofMillis(500);

    @Option(
            names = "--admin",
            paramLabel = "URL",
            description = "The server's administrative listener. Default: WEIR_ADMIN, or " + DEFAULT_ADMIN)
    private @Nullable String admin;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "10m",
            converter = Connection.DurationConverter.class,
            description = "How long to wait for the server. Default: ${DEFAULT-VALUE}")
    @SuppressWarnings("NullAway.Init")
    private Duration timeout;

    /** How long to wait for the server. */
    Duration timeout() {
        return timeout;
    }

    private String admin() {
        String url =
                Objects.requireNonNullElseGet(admin, () -> System.getenv().getOrDefault("WEIR_ADMIN", DEFAULT_ADMIN));
        return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }

    /**
     * Asks and waits.
     *
     * @param path in parts, which are encoded
     * @return a map or a list, as JSON has them
     * @throws CommandFailedException with the server's reason
     */
    Object answer(String method, String... path) throws InterruptedException {
        String url = admin()
                + Arrays.stream(path)
                        .map(part -> "/"
                                + URLEncoder.encode(part, StandardCharsets.UTF_8)
                                        .replace("+", "%20"))
                        .collect(Collectors.joining());
        try (HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout)
                .build()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                    .timeout(timeout)
                    .method(method, BodyPublishers.noBody())
                    .build();
            HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
            for (int time = 1; time < TIMES && isToBeAskedAgain(response); time++) {
                response.body().close();
                Thread.sleep(PAUSE);
                response = client.send(request, BodyHandlers.ofInputStream());
            }
            return read(url, response);
        } catch (HttpTimeoutException late) {
            throw new CommandFailedException("No answer from " + url + " within " + timeout.toMillis() + " ms");
        } catch (IOException unreachable) {
            String reason = unreachable.getMessage();
            throw new CommandFailedException(
                    "No answer from " + url + (reason == null || reason.isBlank() ? "" : ": " + reason));
        } catch (IllegalArgumentException malformed) {
            throw new CommandFailedException("'" + admin() + "' is not a URL: " + malformed.getMessage());
        }
    }

    /** The server says so of what it has not done, as while a leader is elected. */
    private static boolean isToBeAskedAgain(HttpResponse<?> response) {
        return response.statusCode() == UNAVAILABLE
                && response.headers().firstValue("Retry-After").isPresent();
    }

    private static Object read(String url, HttpResponse<InputStream> response) throws IOException {
        byte[] body;
        try (InputStream in = response.body()) {
            body = in.readNBytes(MOST_ANSWER_BYTES + 1);
        }
        if (body.length > MOST_ANSWER_BYTES) {
            throw new CommandFailedException(
                    "The answer of " + url + " is larger than " + MOST_ANSWER_BYTES + " bytes");
        }
        Optional<Object> answer = JsonDocument.read(new String(body, StandardCharsets.UTF_8), MOST_ANSWER_BYTES);
        if (response.statusCode() != OK) {
            throw new CommandFailedException(
                    answer.flatMap(AdminConnection::reason).orElse(url + " answers " + response.statusCode()));
        }
        return answer.orElseThrow(
                () -> new CommandFailedException(url + " does not answer in JSON: is it the administrative listener?"));
    }

    private static Optional<String> reason(Object answer) {
        return answer instanceof Map<?, ?> map
                ? Optional.ofNullable(map.get("message")).map(String::valueOf)
                : Optional.empty();
    }
}
