package io.weir.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.weir.contracts.http.HttpAnswer;
import io.weir.contracts.http.HttpQuestion;
import io.weir.contracts.http.HttpResource;
import io.weir.testsupport.process.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MountedResourceTest {
    private static final int MOST = 1000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final AtomicReference<Readiness> readiness = new AtomicReference<>(new Readiness.Ready());
    private final AtomicBoolean isShort = new AtomicBoolean();
    private final Mirror mirror = new Mirror();

    @SuppressWarnings("NullAway.Init")
    private AdminServer server;

    @BeforeEach
    void start() {
        server = AdminServer.start(
                new AdminConfig("127.0.0.1", 0),
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                readiness::get,
                work -> {
                    if (isShort.get()) {
                        throw new OutOfMemoryError("unable to create native thread: asked for by the test");
                    }
                    Thread.ofVirtual().start(work);
                });
        server.mount(mirror);
    }

    @AfterEach
    void stop() {
        mirror.gate.release(10_000);
        server.close();
    }

    /** Keeps what it is asked, and answers once it is let. */
    private static final class Mirror implements HttpResource {
        final BlockingQueue<HttpQuestion> questions = new LinkedBlockingQueue<>();
        final Semaphore gate = new Semaphore(1_000);

        @Override
        public String prefix() {
            return "/mirror";
        }

        @Override
        public int maxBodyBytes() {
            return MOST;
        }

        @Override
        public HttpAnswer answer(HttpQuestion question) {
            questions.add(question);
            gate.acquireUninterruptibly();
            return switch (question.path()) {
                case "/nothing" -> HttpAnswer.noContent();
                case "/bug" -> throw new IllegalStateException("A bug made by the test");
                case "/error" -> throw new StackOverflowError("An error made by the test");
                case "/odd" ->
                    new HttpAnswer(
                            422, "text/odd", Map.of("x-odd", "yes"), ByteBuffer.wrap(new byte[] {1, 2, 3}, 1, 2));
                default -> HttpAnswer.json(200, "{\"said\":" + question.body().remaining() + "}");
            };
        }
    }

    private HttpRequest.Builder at(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .timeout(Duration.ofSeconds(30));
    }

    private static HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private HttpQuestion asked() throws InterruptedException {
        HttpQuestion question = mirror.questions.poll(10, TimeUnit.SECONDS);
        assertThat(question).isNotNull();
        return question;
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST", "PUT", "DELETE"})
    void passesARequestOnAsItWasSent(String method) throws Exception {
        HttpResponse<byte[]> response = send(at("/mirror/v1/a%1Fb%2Fc?x=1&y=%20&x=2")
                .header("X-Some", "thing")
                .method(method, method.equals("GET") ? BodyPublishers.noBody() : BodyPublishers.ofString("four")));

        HttpQuestion question = asked();
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        assertThat(question.method()).isEqualTo(method);
        assertThat(question.path()).isEqualTo("/v1/a%1Fb%2Fc");
        assertThat(question.query()).isEqualTo(Map.of("x", List.of("1", "2"), "y", List.of(" ")));
        assertThat(question.headers()).containsEntry("x-some", "thing");
        assertThat(StandardCharsets.UTF_8.decode(question.body()).toString())
                .isEqualTo(method.equals("GET") ? "" : "four");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "application/vnd.schemaregistry.v1+json",
                "application/x-www-form-urlencoded",
                "text/plain",
                "multipart/form-data",
                "application/octet-stream"
            })
    void passesABodyOnWhateverItIsSaidToBe(String type) throws Exception {
        for (String method : List.of("POST", "PUT", "DELETE")) {
            for (String body : List.of("", "{\"a\":1}", "a=1&b")) {
                assertThat(send(at("/mirror/x")
                                        .header("Content-Type", type)
                                        .method(method, BodyPublishers.ofString(body)))
                                .statusCode())
                        .isEqualTo(200);
                assertThat(StandardCharsets.UTF_8.decode(asked().body()).toString())
                        .isEqualTo(body);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST", "PUT", "DELETE"})
    void passesARequestWithoutABodyOn(String method) throws Exception {
        assertThat(send(at("/mirror/x").method(method, BodyPublishers.noBody())).statusCode())
                .isEqualTo(200);
        assertThat(asked().body().remaining()).isZero();
    }

    @Test
    void givesTheAnswerAsItIs() throws Exception {
        HttpResponse<byte[]> odd = send(at("/mirror/odd").GET());
        HttpResponse<byte[]> nothing = send(at("/mirror/nothing").GET());
        HttpResponse<byte[]> head = send(at("/mirror/odd").method("HEAD", BodyPublishers.noBody()));

        assertThat(odd.statusCode()).isEqualTo(422);
        assertThat(odd.body()).containsExactly(2, 3);
        assertThat(odd.headers().firstValue("content-type")).contains("text/odd");
        assertThat(odd.headers().firstValue("x-odd")).contains("yes");
        assertThat(nothing.statusCode()).isEqualTo(204);
        assertThat(nothing.body()).isEmpty();
        assertThat(head.statusCode()).isEqualTo(422);
        assertThat(head.body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/mirror/bug", "/mirror/error"})
    void answersABugWith500AndGoesOn(String path) throws Exception {
        for (int i = 0; i < Mounted.MAX_REQUESTS + 1; i++) {
            assertThat(send(at(path).GET()).statusCode()).isEqualTo(500);
        }
        assertThat(send(at("/mirror").GET()).statusCode()).isEqualTo(200);
    }

    @Test
    void answersWhatNoThreadCanBeMadeForWith503AndGoesOn() throws Exception {
        isShort.set(true);
        for (int i = 0; i < Mounted.MAX_REQUESTS + 1; i++) {
            HttpResponse<byte[]> refused = send(at("/mirror").GET());
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("retry-after")).contains("1");
        }

        isShort.set(false);
        assertThat(send(at("/mirror").GET()).statusCode()).isEqualTo(200);
    }

    @Test
    void keepsNoMoreBodiesThanItsBoundHoweverSlowlyTheyCome() throws Exception {
        // Given
        server.mount(new Sized("/big", AdminServer.MAX_BODY_BYTES));
        List<Socket> slow = new ArrayList<>();
        try {
            for (int claimed = 0; claimed < Mounted.MAX_BYTES; claimed += AdminServer.MAX_BODY_BYTES) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
                slow.add(socket);
                socket.getOutputStream()
                        .write(("POST /big HTTP/1.1\r\nHost: x\r\nContent-Length: " + AdminServer.MAX_BODY_BYTES
                                        + "\r\n\r\nhalf")
                                .getBytes(StandardCharsets.US_ASCII));
            }

            // Then
            Await.until(
                    "the bound is reached",
                    PATIENCE,
                    () -> statusOf(at("/big").POST(BodyPublishers.ofString("x"))) == 503);
            assertThat(send(at("/big").GET()).statusCode()).isEqualTo(204);
            assertThat(send(at("/health/live").GET()).statusCode()).isEqualTo(200);
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }

        // And once they are gone, there is room again
        Await.until(
                "the largest body is taken",
                PATIENCE,
                () -> statusOf(at("/big").POST(BodyPublishers.ofByteArray(new byte[AdminServer.MAX_BODY_BYTES])))
                        == 204);
    }

    private static int statusOf(HttpRequest.Builder request) {
        try {
            return send(request).statusCode();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    @Test
    void refusesABodyThatIsOneByteTooLarge() throws Exception {
        assertThat(send(at("/mirror").POST(BodyPublishers.ofByteArray(new byte[MOST])))
                        .statusCode())
                .isEqualTo(200);
        assertThat(send(at("/mirror").POST(BodyPublishers.ofByteArray(new byte[MOST + 1])))
                        .statusCode())
                .isEqualTo(413);
        assertThat(send(at("/mirror").POST(BodyPublishers.ofByteArray(new byte[AdminServer.MAX_BODY_BYTES + 1])))
                        .statusCode())
                .isEqualTo(413);
    }

    @Test
    void refusesOneRequestTooManyAndStillTellsHealth() throws Exception {
        mirror.gate.drainPermits();
        List<CompletableFuture<HttpResponse<byte[]>>> waiting = new ArrayList<>();
        for (int i = 0; i < Mounted.MAX_REQUESTS; i++) {
            waiting.add(CLIENT.sendAsync(at("/mirror").GET().build(), HttpResponse.BodyHandlers.ofByteArray()));
            asked();
        }

        HttpResponse<byte[]> refused = send(at("/mirror").GET());

        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue("retry-after")).contains("1");
        assertThat(send(at("/health/live").GET()).statusCode()).isEqualTo(200);
        assertThat(send(at("/metrics").GET()).statusCode()).isEqualTo(200);
        mirror.gate.release(1_000);
        for (CompletableFuture<HttpResponse<byte[]>> answer : waiting) {
            assertThat(answer.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        }
        assertThat(send(at("/mirror").GET()).statusCode()).isEqualTo(200);
    }

    @Test
    void clientsThatLeaveInTheMiddleOfABodyCostNothing() throws Exception {
        for (int i = 0; i < Mounted.MAX_REQUESTS + 1; i++) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                socket.getOutputStream()
                        .write("POST /mirror HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"
                                .getBytes(StandardCharsets.US_ASCII));
            }
        }

        assertThat(send(at("/mirror").GET()).statusCode()).isEqualTo(200);
    }

    @Test
    void whatIsNotMountedIsNotThereOnceTheProcessIsReady() throws Exception {
        readiness.set(new Readiness.NotReady("starting"));

        assertThat(send(at("/later/x").GET()).statusCode()).isEqualTo(503);

        readiness.set(new Readiness.Ready());

        assertThat(send(at("/later/x").GET()).statusCode()).isEqualTo(404);
        assertThat(send(at("/mirrors").GET()).statusCode()).isEqualTo(404);
    }

    @Test
    void refusesToMountTwiceAtAPrefixOrWithLargerBodies() {
        assertThatThrownBy(() -> server.mount(mirror)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> server.mount(new Sized("/health/x", 1))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> server.mount(new Sized("/big", AdminServer.MAX_BODY_BYTES + 1)))
                .isInstanceOf(IllegalArgumentException.class);
        server.mount(new Sized("/big", AdminServer.MAX_BODY_BYTES));
    }

    private record Sized(String prefix, int maxBodyBytes) implements HttpResource {
        @Override
        public HttpAnswer answer(HttpQuestion question) {
            return HttpAnswer.noContent();
        }
    }
}
