package io.weir.objecttier.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** Makes directories that survive a power loss. Threading: any thread. */
final class Directories {
    private static final int MAX_KNOWN = 10_000;

    private final Path root;
    private final Set<Path> durable = new HashSet<>();

    Directories(Path root) {
        this.root = root;
    }

    /**
     * Creates the directory and those above it, and forces their entries to disk. Directories that were there already
     * are forced once too: a crash may have come between their creation and their sync.
     */
    synchronized void prepare(Path directory) throws IOException {
        if (durable.contains(directory)) {
            return;
        }
        Deque<Path> missing = new ArrayDeque<>();
        for (Path at = directory; at != null && !durable.contains(at); at = at.getParent()) {
            if (!at.startsWith(root) && Files.isDirectory(at)) {
                break;
            }
            missing.push(at);
        }
        for (Path next : missing) {
            if (!Files.isDirectory(next)) {
                // Another node that shares the store may be creating it, too.
                Files.createDirectories(next);
            }
            Path parent = next.getParent();
            if (parent != null) {
                sync(parent);
            }
            if (durable.size() >= MAX_KNOWN) {
                durable.clear();
            }
            durable.add(next);
        }
    }

    /** Forces a directory's entries to disk. */
    static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
