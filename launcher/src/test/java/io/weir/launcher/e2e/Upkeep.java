package io.weir.launcher.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Watches a server's files, and tells when it does one of the things to them that no client waits for.
 *
 * <p>Threading: any thread; a thread of its own learns of changes within a few milliseconds.
 */
final class Upkeep implements AutoCloseable {
    /** A name that appears or disappears, and what that means. */
    enum Moment {
        FLUSHED(true, "objects/./[0-9a-f]+/s-.*"),
        MERGED(true, "objects/./[0-9a-f]+/c-.*"),
        ROLLED_UP(true, "objects/./[0-9a-f]+/m-.*"),
        DELETED(false, "objects/./[0-9a-f]+/[scm]-.*"),
        SHARD_SNAPSHOT_BEGUN(true, "raft/wal-0/[^/]+/sm/snapshot\\.\\d+_\\d+\\.unpublished"),
        SHARD_SNAPSHOT_PUBLISHED(true, "raft/wal-0/[^/]+/sm/snapshot\\.\\d+_\\d+"),
        CURSOR_SNAPSHOT_PUBLISHED(true, "raft/cursors/[^/]+/sm/snapshot\\.\\d+_\\d+"),
        LOG_PURGED(false, "raft/wal-0/[^/]+/current/log_\\d+-\\d+"),
        TABLE_DATA_WRITTEN(true, "tables/.*\\.parquet"),
        TABLE_MANIFEST_WRITTEN(true, "tables/.*\\.avro"),
        TABLE_METADATA_WRITTEN(true, "tables/.*\\.metadata\\.json");

        private static final Set<Moment> TABLES =
                EnumSet.of(TABLE_DATA_WRITTEN, TABLE_MANIFEST_WRITTEN, TABLE_METADATA_WRITTEN);

        private final boolean appears;
        private final Pattern name;

        Moment(boolean appears, String name) {
            this.appears = appears;
            this.name = Pattern.compile(name);
        }

        /** Those of the sink's commits. */
        static Set<Moment> tables() {
            return EnumSet.copyOf(TABLES);
        }

        /** All others. */
        static Set<Moment> streams() {
            return EnumSet.complementOf(EnumSet.copyOf(TABLES));
        }

        private static Optional<Moment> of(boolean appears, String name) {
            return Stream.of(values())
                    .filter(each ->
                            each.appears == appears && each.name.matcher(name).matches())
                    .findFirst();
        }
    }

    private final Path root;
    private final WatchService watches;
    private final Map<Moment, Integer> seen = new EnumMap<>(Moment.class);
    private @Nullable Exception failure;

    /** Begins to watch; what happens afterwards counts. */
    Upkeep(Path dataDirectory) throws IOException {
        this.root = dataDirectory;
        this.watches = root.getFileSystem().newWatchService();
        watch(root, false);
        Thread.ofVirtual().name("upkeep").start(this::run);
    }

    /** How often each has been seen so far. */
    synchronized Map<Moment, Integer> seen() {
        if (failure != null) {
            throw new IllegalStateException("Cannot watch " + root, failure);
        }
        return new EnumMap<>(seen);
    }

    /** Returns when it happens the next time: true; or false when it does not within the time. */
    boolean await(Moment moment, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        int before = seen().getOrDefault(moment, 0);
        synchronized (this) {
            while (seen().getOrDefault(moment, 0) == before) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    return false;
                }
                wait(left);
            }
            return true;
        }
    }

    private void run() {
        try {
            while (true) {
                WatchKey key = watches.take();
                for (WatchEvent<?> event : key.pollEvents()) {
                    if (event.context() instanceof Path name && key.watchable() instanceof Path directory) {
                        changed(event.kind(), directory.resolve(name));
                    }
                }
                key.reset();
            }
        } catch (ClosedWatchServiceException closed) {
            // By close().
        } catch (IOException | UncheckedIOException | InterruptedException failed) {
            fail(failed);
        }
    }

    private void changed(WatchEvent.Kind<?> kind, Path path) throws IOException {
        if (kind.equals(StandardWatchEventKinds.ENTRY_CREATE) && Files.isDirectory(path)) {
            watch(path, true);
        } else {
            count(kind.equals(StandardWatchEventKinds.ENTRY_CREATE), path);
        }
    }

    /** @param fresh whether what is in it already was put there while nobody looked */
    private void watch(Path directory, boolean fresh) throws IOException {
        try {
            directory.register(watches, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE);
            try (Stream<Path> entries = Files.list(directory)) {
                for (Path entry : (Iterable<Path>) entries::iterator) {
                    if (Files.isDirectory(entry)) {
                        watch(entry, fresh);
                    } else if (fresh) {
                        count(true, entry);
                    }
                }
            }
        } catch (NoSuchFileException removedMeanwhile) {
            // Then there is nothing to watch.
        }
    }

    private synchronized void count(boolean appears, Path path) {
        Moment.of(appears, root.relativize(path).toString()).ifPresent(moment -> {
            seen.merge(moment, 1, Integer::sum);
            notifyAll();
        });
    }

    private synchronized void fail(Exception failed) {
        failure = failed;
        notifyAll();
    }

    @Override
    public void close() throws IOException {
        watches.close();
    }
}
