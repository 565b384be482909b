package io.weir.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.weir.testsupport.process.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdminServerTest {
    private static final PrometheusMeterRegistry REGISTRY = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private static final AtomicReference<Readiness> READINESS = new AtomicReference<>(new Readiness.Ready());
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @SuppressWarnings("NullAway.Init")
    private static AdminServer server;

    @BeforeAll
    static void start() {
        server = AdminServer.start(new AdminConfig("127.0.0.1", 0), REGISTRY, READINESS::get);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void itsPortIsFreeOnceItIsClosed() throws Exception {
        for (int i = 0; i < 20; i++) {
            // An ephemeral port may be somebody else's as soon as it is free.
            int port = FreePorts.next();
            AdminServer closed =
                    AdminServer.start(new AdminConfig("127.0.0.1", port), REGISTRY, () -> new Readiness.Ready());
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), closed.port());
            closed.close();
            try (ServerSocket next = new ServerSocket()) {
                next.bind(address);
                assertThat(next.isBound()).isTrue();
            }
        }
    }

    @Test
    void isAliveAsSoonAsItListens() throws Exception {
        assertThat(get("/health/live")).satisfies(response -> {
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).isEqualTo("live\n");
        });
    }

    @Test
    void saysWhyItIsNotReady() throws Exception {
        READINESS.set(new Readiness.NotReady("shard 0 is recovering"));

        assertThat(get("/health/ready")).satisfies(response -> {
            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(response.body()).isEqualTo("shard 0 is recovering\n");
        });

        READINESS.set(new Readiness.Ready());

        assertThat(get("/health/ready").statusCode()).isEqualTo(200);
    }

    @Test
    void exportsMetersAsPrometheusText() throws Exception {
        REGISTRY.counter("weir.test.things").increment(3);

        HttpResponse<String> response = get("/metrics");

        assertThat(response.headers().firstValue("content-type").orElse("")).startsWith("text/plain; version=0.0.4");
        assertThat(response.body())
                .contains("weir_test_things_total 3.0", "jvm_memory_used_bytes", "process_files_open_files");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"*/*", "text/plain", "text/html", "application/json", "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
            })
    void answersWhateverIsAccepted(String accepted) throws Exception {
        for (String path : List.of("/health/live", "/health/ready", "/metrics")) {
            HttpResponse<String> response =
                    CLIENT.send(request(path).header("Accept", accepted).build(), HttpResponse.BodyHandlers.ofString());

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("content-type").orElse("")).startsWith("text/plain");
        }
    }

    @Test
    void answersAnUnknownPathWith404() throws Exception {
        assertThat(get("/nothing").statusCode()).isEqualTo(404);
    }

    @Test
    void refusesAPortThatIsTaken() {
        assertThatThrownBy(() ->
                        AdminServer.start(new AdminConfig("127.0.0.1", server.port()), REGISTRY, Readiness.Ready::new))
                .isInstanceOf(RuntimeException.class);
    }

    private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return CLIENT.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .timeout(Duration.ofSeconds(30));
    }
}
