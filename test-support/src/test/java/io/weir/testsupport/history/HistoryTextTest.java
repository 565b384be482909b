package io.weir.testsupport.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HistoryTextTest {
    private static final List<String> ALL_KINDS = List.of(
            "weir-history 1",
            "allow markers t",
            "allow from-latest c.1",
            "send 1 2 ok p 7 t/0 101 42",
            "send 1 2 unknown p 8 t/0 102 -1",
            "send 1 2 failed p 9 t/0 103 -1",
            "poll 3 4 ok c.1 t/0=42:101,102 t/0=50:104 u_u-2/11=0:-5",
            "poll 3 4 ok c.1",
            "seek 5 5 ok c.1 t/0 9",
            "assigned 5 6 ok c.1 g t/0 t/1",
            "revoked 5 6 ok c.1",
            "commit 7 9 unknown c.1 g t/0=50 t/1=-1",
            "fetch 7 9 ok x g t/0=50",
            "scan 1 9 ok c.1 t/0 3 51",
            "end 11");

    @TempDir
    Path directory;

    private History read(List<String> lines) throws IOException {
        return History.read(Files.write(directory.resolve("history"), lines));
    }

    @Test
    void everyKindOfOperationReadsAsItWasWritten() throws IOException {
        History history = read(ALL_KINDS);
        Path again = directory.resolve("again");

        history.write(again);

        assertThat(history.operations()).hasSize(11);
        assertThat(Files.readAllLines(again)).containsExactlyInAnyOrderElementsOf(ALL_KINDS);
        assertThat(History.read(again)).isEqualTo(history);
    }

    @Test
    void aWholeRunReadsAsItWasWritten() throws IOException {
        Path file = directory.resolve("run");
        for (long seed = 0; seed < 20; seed++) {
            History history = new ModelCluster(seed, EnumSet.allOf(Allowance.class)).run();

            history.write(file);

            assertThat(History.read(file)).isEqualTo(history);
        }
    }

    @Test
    void aHistoryThatWasCutOffIsNotRead() {
        for (int length = 0; length < ALL_KINDS.size(); length++) {
            List<String> cut = ALL_KINDS.subList(0, length);
            assertThatThrownBy(() -> read(cut)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unheard 1 2 ok c",
                "send 1 2 ok p 7 t/0 101",
                "send 1 2 ok p 7 t/0 101 42 1",
                "send 1 2 ok p 7 t/0 101 -2",
                "send 2 1 ok p 7 t/0 101 42",
                "send 1 2 maybe p 7 t/0 101 42",
                "send 1 2 ok p seven t/0 101 42",
                "send 1 2 ok p 7 t 101 42",
                "send 1 2 ok p 7 t/-1 101 42",
                "send 1 2 ok p/p 7 t/0 101 42",
                "poll 3 4 ok c t/0=42",
                "poll 3 4 ok c t/0=42:",
                "poll 3 4 ok c t/0=42:1,,2",
                "poll 3 4 ok c  t/0=42:1",
                "poll 3 4 ok c t/0:42=1",
                "seek 5 5 ok c t/0 -1",
                "commit 7 9 ok c g t/0=1 t/0=2",
                "fetch 7 9 ok c g t/0",
                "scan 1 9 ok c t/0 -1 5",
                "assigned 1 2 ok c",
                "allow everything t",
                "allow markers",
                "allow markers a/b",
                "seek",
                "",
                "end 2",
                "end"
            })
    void aMalformedLineIsRefusedAndNamed(String line) {
        assertThatThrownBy(() -> read(List.of("weir-history 1", line, "end 1")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Line 2: ");
    }

    @Test
    void anotherVersionIsRefused() {
        assertThatThrownBy(() -> read(List.of("weir-history 2", "end 0"))).hasMessageContaining("weir-history 1");
    }

    @Test
    void nothingComesBehindTheEnd() {
        assertThatThrownBy(() -> read(List.of("weir-history 1", "end 0", "end 0")))
                .hasMessageContaining("behind the end");
    }
}
