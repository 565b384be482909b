package io.weir.consensus.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/** Makes names, lengths and whole trees of directories survive a power loss. */
public final class Durable {
    private static final int CHUNK_BYTES = 1 << 20;

    private Durable() {}

    /** The names in a directory. */
    public static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Creates a directory and what is missing above it, so that all of it survives. */
    public static void createDirectories(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            createDirectories(parent);
        }
        Files.createDirectory(directory);
        if (parent != null) {
            syncDirectory(parent);
        }
    }

    /** A small file in place of what was there, or that and not this. */
    public static void replace(Path file, String text) throws IOException {
        replace(file, StandardCharsets.UTF_8.encode(text));
    }

    /** The same of bytes. */
    public static void replace(Path file, ByteBuffer bytes) throws IOException {
        Path whole = file.toAbsolutePath();
        Path unfinished = whole.resolveSibling(whole.getFileName() + ".unfinished");
        try (FileChannel channel = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(unfinished, whole, StandardCopyOption.ATOMIC_MOVE);
        Path parent = whole.getParent();
        if (parent != null) {
            syncDirectory(parent);
        }
    }

    /** Every file and directory below one. */
    public static void syncFilesBelow(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.toList()) {
                syncDirectory(path);
            }
        }
    }

    /**
     * Writes the first bytes of a file over themselves. After a failed fsync Linux keeps what was not written readable
     * and calls it written, so another fsync means nothing; this one has something to write. A power loss leaves the
     * one bytes or the other, which are the same, and whoever reads the file meanwhile sees no change.
     */
    static void rewrite(Path file, ByteBuffer bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            while (bytes.hasRemaining()) {
                int chunk = Math.min(CHUNK_BYTES, bytes.remaining());
                int written = channel.write(bytes.slice(bytes.position(), chunk));
                bytes.position(bytes.position() + written);
            }
            channel.force(true);
        }
    }

    /** Cuts a file off, and makes all before it last. */
    static void truncate(Path file, long size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(size);
            channel.force(true);
        }
    }
}
