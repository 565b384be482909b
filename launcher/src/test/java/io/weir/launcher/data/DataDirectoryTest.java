package io.weir.launcher.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path parent;

    @Test
    void isCreatedOnFirstUseAndUsedAgain() throws Exception {
        Path root = parent.resolve("a").resolve("data");

        DataDirectory.open(root).close();

        assertThat(root.resolve("format")).hasContent(DataDirectory.FORMAT.strip());
        assertThatCode(() -> DataDirectory.open(root).close()).doesNotThrowAnyException();
    }

    @Test
    void refusesASecondHolderAndNamesTheFirst() {
        try (DataDirectory held = DataDirectory.open(parent)) {
            assertThatThrownBy(() -> DataDirectory.open(held.root()))
                    .isInstanceOf(DataDirectoryException.class)
                    .hasMessageContaining(
                            "in use by process " + ProcessHandle.current().pid());
        }
    }

    @Test
    void refusesAnUnknownFormatAndChangesNothing() throws Exception {
        Files.writeString(parent.resolve("format"), "weir-data 2\n");

        assertThatThrownBy(() -> DataDirectory.open(parent))
                .isInstanceOf(DataDirectoryException.class)
                .hasMessageContaining("'weir-data 2'")
                .hasMessageContaining("'weir-data 1'");

        try (Stream<Path> entries = Files.list(parent)) {
            assertThat(entries).containsExactly(parent.resolve("format"));
        }
    }

    @Test
    void refusesADirectoryThatHoldsSomethingElse() throws Exception {
        Files.writeString(parent.resolve("thesis.tex"), "");

        assertThatThrownBy(() -> DataDirectory.check(parent))
                .isInstanceOf(DataDirectoryException.class)
                .hasMessageContaining("thesis.tex");
    }

    @Test
    void acceptsLogAndObjectsThatWereBroughtBackAlone() throws Exception {
        Files.createDirectories(parent.resolve("raft"));
        Files.createDirectories(parent.resolve("objects"));

        assertThatCode(() -> DataDirectory.open(parent).close()).doesNotThrowAnyException();
    }

    @Test
    void refusesShardsWithoutTheMetadataThatNamesTheirStreams() throws Exception {
        // Given a directory in which the groups were opened
        for (String group : List.of("metadata", "cursors", "wal-0")) {
            Files.createDirectories(parent.resolve("raft").resolve(group));
        }
        DataDirectory.open(parent).close();

        for (String lost : List.of("metadata", "cursors")) {
            // When one of them is lost
            Files.delete(parent.resolve("raft").resolve(lost));

            // Then
            assertThatThrownBy(() -> DataDirectory.open(parent))
                    .isInstanceOf(DataDirectoryException.class)
                    .hasMessageContaining(lost)
                    .hasMessageContaining("Nothing was changed");
            Files.createDirectory(parent.resolve("raft").resolve(lost));
        }
    }

    @Test
    void refusesTopicsWithoutTheLogOfEveryShard() throws Exception {
        Files.createDirectories(parent.resolve("raft").resolve("wal-0"));
        Files.createDirectories(parent.resolve("raft").resolve("metadata"));
        Files.createDirectories(parent.resolve("raft").resolve("cursors"));
        try (DataDirectory data = DataDirectory.open(parent)) {
            data.requireShards(1);

            assertThatThrownBy(() -> data.requireShards(2))
                    .isInstanceOf(DataDirectoryException.class)
                    .hasMessageContaining("wal-1");
        }
    }

    @Test
    void refusesAFile() throws Exception {
        Path file = Files.writeString(parent.resolve("data"), "");

        assertThatThrownBy(() -> DataDirectory.check(file)).isInstanceOf(DataDirectoryException.class);
    }
}
