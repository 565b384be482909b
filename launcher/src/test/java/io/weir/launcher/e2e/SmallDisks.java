package io.weir.launcher.e2e;

import io.weir.testsupport.process.Command;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/** Directories that are each a small disk of its own, and can be full. Closing unmounts them. */
final class SmallDisks implements AutoCloseable {
    private static final String BALLAST = "ballast";

    private final long bytes;
    private final Deque<Path> mounted = new ArrayDeque<>();

    /** Of so many bytes each, in memory. */
    SmallDisks(long bytes) {
        this.bytes = bytes;
    }

    /** Makes a directory a disk; skips the test, visibly, where none may be mounted. */
    SmallDisks mount(Path directory) throws IOException {
        Files.createDirectories(directory);
        Command.Finished mount = Command.of(
                        "mount", "-t", "tmpfs", "-o", "size=" + bytes, "tmpfs", directory.toString())
                .run();
        if (mount.exitCode() != 0) {
            close();
            Tools.skip("no small disk can be mounted here: " + mount.err());
        }
        mounted.push(directory);
        return this;
    }

    /** Leaves no byte free. */
    static void fill(Path disk) {
        byte[] block = new byte[64 << 10];
        try (OutputStream out = Files.newOutputStream(disk.resolve(BALLAST))) {
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            if (!String.valueOf(full.getMessage()).contains("space")) {
                throw new UncheckedIOException("Cannot fill " + disk, full);
            }
        }
    }

    /** Has room again. */
    static void free(Path disk) throws IOException {
        Files.deleteIfExists(disk.resolve(BALLAST));
    }

    @Override
    public void close() {
        while (!mounted.isEmpty()) {
            Command.of("umount", "-l", mounted.pop().toString()).run().succeeded();
        }
    }
}
