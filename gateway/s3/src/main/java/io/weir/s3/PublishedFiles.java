package io.weir.s3;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Gives finished files their names, whole and on disk.
 *
 * <p>Threading: any thread. Durability: when a method returns, the file's bytes, its entry and every directory above it
 * survive a power loss.
 */
final class PublishedFiles {
    private final Path root;

    PublishedFiles(Path root) {
        this.root = root;
    }

    /** Under a name that may be taken: whoever reads it sees the old file or the new one. */
    void replace(Path finished, Path target) throws IOException {
        prepare(finished, target);
        Files.move(finished, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        syncAbove(target);
    }

    /**
     * Under a name that must be free.
     *
     * @return false when it was taken: its file is left as it was
     */
    boolean create(Path finished, Path target) throws IOException {
        prepare(finished, target);
        try {
            // A link, unlike a rename, never replaces what is there.
            Files.createLink(target, finished);
        } catch (FileAlreadyExistsException taken) {
            return false;
        } finally {
            Files.delete(finished);
        }
        syncAbove(target);
        return true;
    }

    /** Removes a directory and everything below it, if it is there. */
    static void clear(Path directory) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (Files.isDirectory(entry)) {
                    clear(entry);
                } else {
                    Files.delete(entry);
                }
            }
        } catch (NoSuchFileException nothingThere) {
            return;
        }
        Files.delete(directory);
    }

    private static void prepare(Path finished, Path target) throws IOException {
        try (FileChannel channel = FileChannel.open(finished, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.createDirectories(parent(target));
    }

    /** Forces each directory up to the root: one that is there already may be so new that nobody has forced it yet. */
    private void syncAbove(Path target) throws IOException {
        for (Path at = parent(target); at.startsWith(root); at = parent(at)) {
            sync(at);
        }
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static Path parent(Path file) {
        Path parent = file.getParent();
        if (parent == null) {
            throw new IllegalStateException("No directory above " + file);
        }
        return parent;
    }
}
