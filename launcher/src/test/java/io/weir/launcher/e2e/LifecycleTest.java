package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.process.Command;
import io.weir.testsupport.process.ServerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starting, stopping, refusing to start, and the commands of the README. */
@Tag("e2e")
class LifecycleTest {
    @TempDir
    Path directory;

    private Command serve(String... options) {
        return Weir.command()
                .with("serve", "--data-dir", directory.resolve("data").toString())
                .with("--kafka-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--s3-listen", "127.0.0.1:0")
                .with(options)
                .within(Duration.ofSeconds(30));
    }

    @Test
    void aServerThatLacksAClassEndsInsteadOfStandingThere() {
        // Given a build that went wrong
        List<String> words = new ArrayList<>(serve().words());
        int classPath = words.indexOf("-cp") + 1;
        words.set(
                classPath,
                Stream.of(words.get(classPath).split(":"))
                        .filter(entry -> !entry.contains("lakehouse-sink"))
                        .collect(Collectors.joining(":")));

        // When
        Command.Finished finished =
                Command.of(words).within(Duration.ofSeconds(60)).run();

        // Then
        assertThat(finished.exitCode()).as(finished.err()).isEqualTo(1);
        assertThat(finished.err()).contains("NoClassDefFoundError");
    }

    private static void refused(Command.Finished finished, String... named) {
        assertThat(finished.exitCode()).as(finished.err()).isEqualTo(2);
        assertThat(finished.err()).contains(named).doesNotContain("\tat ");
        assertThat(finished.text()).isEmpty();
    }

    @Test
    void stopsCleanlyOnSigtermAndKeepsWhatWasAcknowledged() throws Exception {
        try (ServerProcess server =
                Weir.server("lifecycle", directory.resolve("data")).start()) {
            // Given
            cli(server, "topic", "create", "kept").run().succeeded();
            cli(server, "produce", "kept").withInput("one\ntwo\nthree\n").run().succeeded();

            // When
            assertThat(server.terminate(Duration.ofSeconds(20))).isIn(0, 143);
            server.start();

            // Then
            assertThat(cli(server, "consume", "kept", "--from", "beginning", "-n", "3")
                            .run()
                            .succeeded()
                            .lines())
                    .containsExactly("one", "two", "three");
            assertThat(Files.readAllLines(server.log()))
                    .filteredOn(line -> line.startsWith("ready "))
                    .hasSize(2)
                    .allMatch(line -> line.contains("kafka=" + server.bootstrap())
                            && line.contains("admin=" + server.admin())
                            && line.contains("data="));
        }
    }

    @Test
    void theCommandsOfTheReadmeWork() {
        try (ServerProcess server =
                Weir.server("readme", directory.resolve("data")).start()) {
            cli(server, "topic", "create", "orders", "--partitions", "3", "--config", "retention.ms=3600000")
                    .run()
                    .succeeded();
            assertThat(cli(server, "topic", "list").run().succeeded().text()).contains("orders");
            assertThat(cli(server, "topic", "describe", "orders", "-o", "json")
                            .run()
                            .succeeded()
                            .text())
                    .contains("retention.ms", "3600000");
            cli(server, "topic", "alter", "orders", "--partitions", "4").run().succeeded();
            cli(server, "produce", "orders", "--keys")
                    .withInput("a\t1\nb\t2\n")
                    .run()
                    .succeeded();
            assertThat(cli(server, "consume", "orders", "--from", "beginning", "-n", "2", "--group", "readers")
                            .run()
                            .succeeded()
                            .lines())
                    .containsExactlyInAnyOrder("1", "2");
            assertThat(cli(server, "group", "list").run().succeeded().text()).contains("readers");
            cli(server, "group", "describe", "readers").run().succeeded();
            cli(server, "topic", "delete", "orders").run().succeeded();
            assertThat(cli(server, "topic", "list").run().succeeded().text()).doesNotContain("orders");
        }
    }

    private static Command cli(ServerProcess server, String... words) {
        return Weir.command().with(words).with("--bootstrap", server.bootstrap());
    }

    @Test
    void anUnknownKeyIsRefusedAndNothingIsChanged() {
        refused(serve("--flush-bites", "1MiB").run(), "--flush-bites");
        assertThat(directory.resolve("data")).doesNotExist();
    }

    @Test
    void anUnknownKeyInTheFileIsRefused() throws IOException {
        Path file = Files.writeString(directory.resolve("weir.yaml"), "flush-bites: 1MiB\n");
        refused(serve("--config", file.toString()).run(), "flush-bites");
        assertThat(directory.resolve("data")).doesNotExist();
    }

    @Test
    void aPortInUseIsRefusedAndNothingIsChanged() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            refused(
                    Weir.command()
                            .with(
                                    "serve",
                                    "--data-dir",
                                    directory.resolve("data").toString())
                            .with(
                                    "--admin-listen",
                                    "127.0.0.1:0",
                                    "--s3-listen",
                                    "127.0.0.1:0",
                                    "--kafka-listen",
                                    address)
                            .run(),
                    Integer.toString(taken.getLocalPort()));
        }
    }

    @Test
    void aDirectoryLockedByARunningServerIsRefused() throws IOException {
        Path data = directory.resolve("data");
        try (ServerProcess server = Weir.server("locked", data).start()) {
            refused(serve().run(), data.toString());
            assertThat(server.isAlive()).isTrue();
        }
    }

    @Test
    void aDirectoryOfAnUnknownFormatIsRefusedUntouched() throws IOException {
        Path data = Files.createDirectories(directory.resolve("data"));
        Files.writeString(data.resolve("format"), "weir-data 999\n");
        refused(serve().run(), "format");
        try (Stream<Path> left = Files.list(data)) {
            assertThat(new TreeSet<>(
                            left.map(each -> each.getFileName().toString()).toList()))
                    .isSubsetOf(List.of("format", "lock"));
        }
        assertThat(data.resolve("format")).hasContent("weir-data 999\n");
    }

    @Test
    void anAddressThatOthersCanReachIsRefused() {
        refused(
                Weir.command()
                        .with("serve", "--data-dir", directory.resolve("data").toString())
                        .with("--kafka-listen", "0.0.0.0:0")
                        .run(),
                "loopback");
    }
}
