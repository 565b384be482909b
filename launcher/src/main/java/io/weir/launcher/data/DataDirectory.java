package io.weir.launcher.data;

import io.weir.consensus.log.Durable;
import io.weir.consensus.ratis.NodeConsensus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A data directory that this process holds alone.
 *
 * <p>Threading: {@link #close} from any thread, once. Durability: the format file is fsynced, and the directory with
 * it, before anything else is written below it.
 */
public final class DataDirectory implements AutoCloseable {
    /** What the format file of this version says. */
    static final String FORMAT = "weir-data 1\n";

    private static final String FORMAT_FILE = "format";
    private static final String UNFINISHED_FORMAT_FILE = "format.unfinished";
    private static final String LOCK_FILE = "lock";
    private static final String SHARD_PREFIX = "wal-";
    private static final String RAFT = "raft";
    private static final String STAGING = "staging";

    /** What a directory may hold whose format file is gone: a restore may bring only the log and the objects back. */
    private static final Set<String> KNOWN = Set.of(
            FORMAT_FILE,
            LOCK_FILE,
            UNFINISHED_FORMAT_FILE,
            RAFT,
            RAFT + "-damaged",
            RAFT + "-unfinished",
            "objects",
            "tables",
            STAGING,
            "lost+found");

    private final Path root;
    private final FileChannel lockFile;

    private DataDirectory(Path root, FileChannel lockFile) {
        this.root = root;
        this.lockFile = lockFile;
    }

    /**
     * Refuses a directory that {@link #open} would refuse for what is in it, changing nothing.
     *
     * @throws DataDirectoryException saying why
     */
    public static void check(Path root) {
        try {
            if (!Files.exists(root)) {
                return;
            }
            if (!Files.isDirectory(root)) {
                throw new DataDirectoryException("The data directory " + root + " is not a directory");
            }
            Path format = root.resolve(FORMAT_FILE);
            if (Files.exists(format)) {
                requireKnownFormat(root, format);
            } else {
                requireNothingForeign(root);
            }
        } catch (IOException unreadable) {
            throw new DataDirectoryException("Cannot read the data directory " + root + ": " + unreadable);
        }
    }

    /** Takes the directory for a process that keeps whatever it holds. */
    public static DataDirectory open(Path root) {
        return open(root, true);
    }

    /**
     * Takes the directory for this process, creating it on first use.
     *
     * @param keepsMetadata whether it must hold the metadata, if it holds any log: other nodes may do that
     * @throws DataDirectoryException when another process holds it, or its format is unknown
     */
    public static DataDirectory open(Path root, boolean keepsMetadata) {
        check(root);
        @Nullable FileChannel lockFile = null;
        try {
            create(root);
            lockFile = FileChannel.open(
                    root.resolve(LOCK_FILE),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            lock(root, lockFile);
            if (keepsMetadata) {
                requireMetadataBesideShards(root);
            }
            writeFormat(root);
            return new DataDirectory(root, lockFile);
        } catch (IOException failed) {
            closeQuietly(lockFile);
            throw new DataDirectoryException("Cannot use the data directory " + root + ": " + failed);
        } catch (DataDirectoryException refused) {
            closeQuietly(lockFile);
            throw refused;
        }
    }

    public Path root() {
        return root;
    }

    /**
     * Refuses a directory that has lost a shard's log. An empty one in its place would take every object that the lost
     * one knew for garbage.
     *
     * @param shards that hold streams
     * @throws DataDirectoryException naming what is missing
     */
    public void requireShards(int shards) {
        for (int shard = 0; shard < shards; shard++) {
            Path log = raft().resolve(SHARD_PREFIX + shard);
            if (!Files.isDirectory(log)) {
                throw new DataDirectoryException("The data directory " + root + " has topics but not " + log
                        + ", which holds their records. Nothing was changed: restore it");
            }
        }
    }

    /** The Raft groups' logs and snapshots. */
    public Path raft() {
        return root.resolve(RAFT);
    }

    /** Whether the next start sets the log aside and begins without it, since others have what is in it. */
    public static boolean isQuarantined(Path root) {
        return NodeConsensus.isQuarantined(root.resolve(RAFT));
    }

    /**
     * Refuses a directory that a log may be lost with.
     *
     * @throws DataDirectoryException when there is one
     */
    public void requireNoLog() {
        Path raft = raft();
        try {
            if (!Files.isDirectory(raft)) {
                return;
            }
            try (Stream<Path> groups = Files.list(raft)) {
                if (groups.findAny().isPresent()) {
                    throw new DataDirectoryException("The data directory " + root + " has a log already, in " + raft);
                }
            }
        } catch (IOException unreadable) {
            throw new DataDirectoryException("Cannot read " + raft + ": " + unreadable);
        }
    }

    /**
     * Lets somebody make the log's directory, who needs it to be empty.
     *
     * @throws DataDirectoryException when it is not
     */
    public void beginLog(Runnable beginning) {
        try {
            beginning.run();
        } catch (IllegalStateException notEmpty) {
            throw new DataDirectoryException(
                    "The data directory " + root + " has a log already: " + notEmpty.getMessage());
        }
    }

    /** Where files are kept for as long as they are being written; it is made if it is not there. */
    public Path staging() {
        Path staging = root.resolve(STAGING);
        try {
            return Files.createDirectories(staging);
        } catch (IOException failed) {
            throw new DataDirectoryException("Cannot make " + staging + ": " + failed);
        }
    }

    /** Lets another process take the directory. */
    @Override
    public void close() {
        try {
            lockFile.close();
        } catch (IOException failed) {
            throw new UncheckedIOException("Cannot release the data directory " + root, failed);
        }
    }

    /** Its name has to survive a power loss as what is written into it does. */
    private static void create(Path root) throws IOException {
        Durable.createDirectories(root);
        Path parent = root.toAbsolutePath().getParent();
        // Who made it may have died before its name was forced.
        boolean isNew = !Files.exists(root.resolve(FORMAT_FILE));
        if (isNew && parent != null && Files.isReadable(parent)) {
            Durable.syncDirectory(parent);
        }
    }

    private static void requireKnownFormat(Path root, Path format) throws IOException {
        String found = Files.readString(format, StandardCharsets.UTF_8);
        if (!found.equals(FORMAT)) {
            throw new DataDirectoryException("The data directory " + root + " has the format '" + found.strip()
                    + "'; this version of Weir reads only '" + FORMAT.strip() + "'");
        }
    }

    /**
     * Shards are opened after both metadata groups. With new metadata, their streams would be deleted, and the numbers
     * of streams given a second time. A replica among several knows itself what it has begun.
     */
    private static void requireMetadataBesideShards(Path root) throws IOException {
        Path raft = root.resolve(RAFT);
        if (!Files.isDirectory(raft) || NodeConsensus.isOneOfSeveral(raft)) {
            return;
        }
        try (Stream<Path> groups = Files.list(raft)) {
            if (groups.noneMatch(group -> group.getFileName().toString().startsWith(SHARD_PREFIX))) {
                return;
            }
        }
        for (String group : List.of("metadata", "cursors")) {
            if (!Files.isDirectory(raft.resolve(group))) {
                throw new DataDirectoryException("The data directory " + root + " has shards but not "
                        + raft.resolve(group) + ". Nothing was changed: restore it");
            }
        }
    }

    private static void requireNothingForeign(Path root) throws IOException {
        List<String> foreign;
        try (Stream<Path> entries = Files.list(root)) {
            foreign = entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> !KNOWN.contains(name))
                    .sorted()
                    .limit(3)
                    .toList();
        }
        if (!foreign.isEmpty()) {
            throw new DataDirectoryException("The data directory " + root + " has no file 'format' but holds " + foreign
                    + ": it is not Weir's. Use an empty or new directory");
        }
    }

    private static void lock(Path root, FileChannel lockFile) throws IOException {
        @Nullable FileLock lock;
        try {
            lock = lockFile.tryLock();
        } catch (OverlappingFileLockException heldByThisProcess) {
            lock = null;
        }
        if (lock == null) {
            ByteBuffer holder = ByteBuffer.allocate(32);
            lockFile.read(holder, 0);
            throw new DataDirectoryException("The data directory " + root + " is in use by process "
                    + StandardCharsets.US_ASCII.decode(holder.flip()).toString().strip());
        }
        lockFile.truncate(0);
        lockFile.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
    }

    private static void writeFormat(Path root) throws IOException {
        Path format = root.resolve(FORMAT_FILE);
        if (Files.exists(format)) {
            return;
        }
        Path unfinished = root.resolve(UNFINISHED_FORMAT_FILE);
        try (FileChannel file = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(FORMAT.getBytes(StandardCharsets.UTF_8)));
            file.force(true);
        }
        Files.move(unfinished, format, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel directory = FileChannel.open(root, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException secondary) {
            // The failure that led here is the one that is reported.
            assert secondary != null;
        }
    }
}
