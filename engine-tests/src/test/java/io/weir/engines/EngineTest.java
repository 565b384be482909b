package io.weir.engines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The conversation with an engine, held with a shell in its place. */
class EngineTest {
    @Test
    void anAnswerIsItsRows() {
        try (Engine engine = shell("echo ready; read q; printf 'ok\\t1|%s\\t2|b\\n' \"$q\"; read end")
                .ready()) {
            // When
            List<String> rows = engine.ask("a");

            // Then
            assertThat(rows).containsExactly("1|a", "2|b");
        }
    }

    @Test
    void anAnswerMayHaveNoRows() {
        try (Engine engine = shell("echo ready; read q; echo ok; read end").ready()) {
            assertThat(engine.ask("nothing")).isEmpty();
        }
    }

    @Test
    void aValueIsTheOneRowThereIs() {
        try (Engine engine =
                shell("echo ready; read q; printf 'ok\\t1\\t2\\n'; read end").ready()) {
            assertThatThrownBy(() -> engine.value("two"))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("2 rows");
        }
    }

    @Test
    void aFailureSaysTheQuestionAndTheReason() {
        try (Engine engine = shell("echo ready; read q; printf 'failed\\tno such table\\n'; read end")
                .ready()) {
            assertThatThrownBy(() -> engine.ask("select 1"))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContainingAll("select 1", "no such table");
        }
    }

    @Test
    void anEngineThatEndsIsNotWaitedFor() {
        try (Engine engine =
                shell("echo ready; read q; echo 'out of memory' >&2").ready()) {
            assertThatThrownBy(() -> engine.ask("select 1"))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContainingAll("has ended", "out of memory");
        }
    }

    @Test
    void anEngineThatNeverStartsSaysWhy() {
        try (Engine engine = shell("echo 'no class path' >&2")) {
            assertThatThrownBy(engine::ready)
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContainingAll("has ended", "no class path");
        }
    }

    @Test
    void anAnswerIsNoFailure() {
        try (Engine engine = shell("echo ready; read q; echo ok; read end").ready()) {
            assertThatThrownBy(() -> engine.failure("select 1"))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("can answer");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/tables.md"})
    void theSettingsAreThoseThatUsersAreShown(String page) throws IOException {
        // Given
        URI catalog = URI.create("http://127.0.0.1:8080/iceberg");

        // When
        String text = Files.readString(Installed.root().resolve(page));

        // Then
        assertThat(text)
                .contains(Engine.sparkSettings(catalog))
                .contains(Engine.trinoSettings(catalog, URI.create("http://127.0.0.1:8333")))
                .contains("load_catalog(\"weir\", type=\"rest\", uri=\"" + catalog + "\")");
    }

    private static Engine shell(String script) {
        return Engine.start("shell", List.of("/bin/sh", "-c", script));
    }
}
