package io.weir.testsupport.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerProcessTest {
    @TempDir
    Path directory;

    private ServerProcess server(String script) {
        return new ServerProcess(
                Command.of("sh", "-c", script), directory.resolve("data"), directory.resolve("server.log"), List.of());
    }

    @Test
    void waitsForTheReadyLineAndStartsAgainAfterAKill() throws Exception {
        try (ServerProcess server = server("echo before; echo ready kafka=here; exec sleep 60")) {
            // When
            server.start();
            long first = server.pid();
            assertThat(server.residentBytes()).isPositive();
            server.kill();
            server.start();

            // Then
            assertThat(server.pid()).isNotEqualTo(first);
            assertThat(server.terminate(Duration.ofSeconds(10))).isEqualTo(143);
            assertThat(Files.readAllLines(server.log()))
                    .filteredOn("before"::equals)
                    .hasSize(2);
        }
    }

    @Test
    void failsWithTheLogOfAServerThatEndsBeforeItIsReady() {
        try (ServerProcess server = server("echo no room; exit 2")) {
            assertThatThrownBy(server::start).isInstanceOf(AssertionError.class).hasMessageContaining("no room");
        }
    }

    @Test
    void aCommandThatNeverEndsIsKilledAtItsLimit() {
        assertThatThrownBy(() ->
                        Command.of("sleep", "60").within(Duration.ofMillis(200)).run())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Still running");
    }

    @Test
    void aConversationIsHeardLineByLine() {
        try (Conversation cat = Command.of("cat").converse()) {
            cat.say("hello");
            cat.await("an echo", Duration.ofSeconds(10), List.of("hello")::equals);
        }
    }
}
