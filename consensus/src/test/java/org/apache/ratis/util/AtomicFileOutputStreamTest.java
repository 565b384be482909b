package org.apache.ratis.util;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.ratis.RatisConsensus;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileOutputStreamTest {
    @TempDir
    private Path directory;

    private File file;

    @BeforeEach
    void write() throws Exception {
        file = directory.resolve("file").toFile();
        try (AtomicFileOutputStream out = new AtomicFileOutputStream(file)) {
            out.write("before".getBytes(StandardCharsets.UTF_8));
            assertThat(file).doesNotExist();
        }
    }

    @Test
    void standsBeforeTheClassItReplaces() {
        assertThat(AtomicFileOutputStream.class.getProtectionDomain().getCodeSource())
                .isEqualTo(RatisConsensus.class.getProtectionDomain().getCodeSource());
        assertThat(AtomicFileOutputStream.syncsDirectories()).isTrue();
    }

    @Test
    void replacesTheFileWhenItIsClosed() throws Exception {
        AtomicFileOutputStream out = new AtomicFileOutputStream(file);
        out.write("after".getBytes(StandardCharsets.UTF_8));
        assertThat(file).hasContent("before");
        out.close();
        out.close();
        assertThat(out.isClosed()).isTrue();
        assertThat(file).hasContent("after");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(file.toPath());
        }
    }

    @Test
    void leavesTheFileWhenItGivesUp() throws Exception {
        AtomicFileOutputStream out = new AtomicFileOutputStream(file);
        out.write("after".getBytes(StandardCharsets.UTF_8));
        out.abort();
        out.close();
        assertThat(file).hasContent("before");
        assertThat(AtomicFileOutputStream.getTemporaryFile(file)).doesNotExist();
    }
}
