package io.weir.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class TableCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final List<String> requests = new ArrayList<>();
    private int status = 200;
    /** So many requests meet no leader. */
    private int electing;

    private String answer = "[]";

    @SuppressWarnings("NullAway.Init")
    private HttpServer server;

    @BeforeEach
    void listen() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            if (requests.size() <= electing) {
                exchange.getResponseHeaders().add("Retry-After", "1");
                exchange.sendResponseHeaders(503, -1);
                exchange.close();
                return;
            }
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private int run(String... args) {
        CommandLine weir = CommandTree.create();
        weir.setOut(new PrintWriter(out, true));
        weir.setErr(new PrintWriter(err, true));
        List<String> all = new ArrayList<>(List.of("table"));
        all.addAll(List.of(args));
        all.addAll(List.of("--admin", "http://127.0.0.1:" + server.getAddress().getPort() + "/"));
        return weir.execute(all.toArray(String[]::new));
    }

    @Test
    void listsTablesInColumns() {
        answer = """
                [{"topic":"orders","table":"topics.orders","id":"1-2","location":"s3://weir/o"}]""";
        assertThat(run("list")).isZero();
        assertThat(requests).containsExactly("GET /tables");
        assertThat(out.toString().lines())
                .containsExactly("TOPIC   TABLE          LOCATION", "orders  topics.orders  s3://weir/o");
    }

    @Test
    void printsWhatTheServerSaysAsJson() {
        answer = """
                [{"snapshot":"7034483555930344888","rows":10},{"snapshot":"2","rows":5}]""";
        assertThat(run("snapshots", "b.topic", "-o", "json")).isZero();
        assertThat(requests).containsExactly("GET /tables/b.topic/snapshots");
        assertThat(out.toString().lines())
                .containsExactly(
                        "{\"snapshot\":\"7034483555930344888\",\"rows\":10}", "{\"snapshot\":\"2\",\"rows\":5}");
    }

    @Test
    void asksAgainWhileALeaderIsElected() {
        electing = 2;
        assertThat(run("list")).isZero();
        assertThat(requests).hasSize(3);
    }

    @Test
    void takesAnotherRefusalForAnAnswer() {
        status = 503;
        answer = "{\"message\":\"Not planned, or not known\"}";
        assertThat(run("list")).isEqualTo(1);
        assertThat(requests).hasSize(1);
        assertThat(err.toString()).contains("Not planned, or not known");
    }

    @Test
    void describesATable() {
        answer = """
                {"topic":"orders","table":"topics.orders","id":"1-2","location":"s3://weir/o","metadata-location":"m",
                "format-version":2,"partitioned-by":"[]","columns":[{"id":1,"name":"_offset","type":"long"}],
                "watermark":{"0":17},"properties":{"k":"v"}}""";
        assertThat(run("describe", "orders")).isZero();
        assertThat(out.toString())
                .contains("topics.orders  id 1-2", "  k = v", "1   _offset  long", "PARTITION  NEXT", "0          17");
    }

    @Test
    void postsWhatChangesSomething() {
        answer = """
                {"files-before":16,"files-after":1,"bytes-before":100,"bytes-after":50}""";
        assertThat(run("compact", "orders")).isZero();
        assertThat(out.toString()).contains("16            1            100           50");
        answer = "{\"expired-snapshots\":3}";
        assertThat(run("expire", "orders")).isZero();
        answer = "[{\"file\":\"f\",\"rows\":1}]";
        assertThat(run("files", "orders")).isZero();
        assertThat(requests)
                .containsExactly(
                        "POST /tables/orders/compact", "POST /tables/orders/expire", "GET /tables/orders/files");
    }

    @Test
    void saysWhyTheServerRefuses() {
        status = 404;
        answer = "{\"message\":\"There is no topic 'x y'\"}";
        assertThat(run("describe", "x y")).isEqualTo(ExitCode.FAILED);
        assertThat(requests).containsExactly("GET /tables/x%20y");
        assertThat(err.toString()).isEqualTo("weir: There is no topic 'x y'\n");
    }

    @Test
    void refusesAnAnswerThatIsNotTheAdministrativeListeners() {
        answer = "<html>";
        assertThat(run("list")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("is it the administrative listener?");
        answer = "{}";
        assertThat(run("list")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("something else than a list");
        status = 500;
        answer = "";
        assertThat(run("list")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("answers 500");
    }

    @Test
    void saysThatNobodyAnswers() {
        server.stop(0);
        assertThat(run("list")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).startsWith("weir: No answer from http://127.0.0.1:");
    }
}
