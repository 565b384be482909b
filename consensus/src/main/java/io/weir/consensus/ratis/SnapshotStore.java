package io.weir.consensus.ratis;

import io.weir.consensus.log.Durable;
import io.weir.consensus.log.LogCheck;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.util.MD5FileUtil;
import org.jspecify.annotations.Nullable;

/**
 * A group's snapshot files, named as the library names them: {@code snapshot.<term>_<index>} and its {@code .md5}.
 *
 * <p>Durability: a file appears under its name only when it, its checksum file and its content are fsynced; the name
 * itself is fsynced before {@link #publish} returns.
 */
final class SnapshotStore {
    private static final Pattern NAME = Pattern.compile("snapshot\\.(\\d+)_(\\d+)");
    private static final String UNPUBLISHED = ".unpublished";
    private static final int BUFFER_BYTES = 1 << 18;

    private final Path directory;
    private final Path log;

    /** @param log where the group's log is */
    SnapshotStore(Path directory, Path log) {
        this.directory = directory;
        this.log = log;
    }

    /** A finished file under a name that nothing looks for. */
    record Unpublished(Path path, LogPosition position, MD5Hash hash) {}

    /** Deletes what a crash left: files never published, and those that a newer one replaced. */
    void clean() throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        Optional<Path> latest = latest();
        try (Stream<Path> paths = Files.list(directory)) {
            for (Path path : paths.toList()) {
                String name = path.getFileName().toString();
                boolean kept =
                        latest.isPresent() && (path.equals(latest.get()) || path.equals(checksumOf(latest.get())));
                if (!kept && name.startsWith("snapshot.")) {
                    Files.delete(path);
                }
            }
        }
        Durable.syncDirectory(directory);
    }

    /** The snapshot of the highest index. */
    Optional<Path> latest() throws IOException {
        if (!Files.isDirectory(directory)) {
            return Optional.empty();
        }
        try (Stream<Path> paths = Files.list(directory)) {
            List<Path> snapshots = paths.filter(
                            path -> NAME.matcher(path.getFileName().toString()).matches())
                    .toList();
            return snapshots.stream().max(Comparator.comparing(SnapshotStore::positionOf));
        }
    }

    /** The latest one as the library sees it. */
    @Nullable SingleFileSnapshotInfo latestInfo() throws IOException {
        Path latest = latest().orElse(null);
        if (latest == null) {
            return null;
        }
        MD5Hash hash = MD5FileUtil.readStoredMd5ForFile(latest.toFile());
        LogPosition position = positionOf(latest);
        return new SingleFileSnapshotInfo(new FileInfo(latest, hash), position.term(), position.index());
    }

    static LogPosition positionOf(Path snapshot) {
        Matcher matcher = NAME.matcher(snapshot.getFileName().toString());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("Not a snapshot's name: " + snapshot);
        }
        return new LogPosition(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)));
    }

    /**
     * Restores the latest snapshot into a state, or resets it if there is none.
     *
     * @throws ServiceException {@code CORRUPT} when its bytes are not the ones that were written; {@code INTERNAL} when
     *     they are, and the state cannot be restored from them (another version of the software has written them), or
     *     when it cannot be told. Who takes the latter for damage throws a good replica away, on every node alike
     */
    LogPosition restore(ReplicatedState state) {
        try {
            Optional<Path> latest = latest();
            if (latest.isEmpty()) {
                state.reset();
                return LogPosition.NONE;
            }
            restore(state, latest.get());
            return positionOf(latest.get());
        } catch (IOException e) {
            throw new ServiceException(
                    FailureCode.INTERNAL, "Cannot read the snapshots in " + directory + ": " + e.getMessage(), e);
        }
    }

    private void restore(ReplicatedState state, Path snapshot) throws IOException {
        MD5Hash stored = storedHash(snapshot);
        try (FileChannel channel = FileChannel.open(snapshot, StandardOpenOption.READ)) {
            try {
                verify(channel, stored);
            } catch (ClosedByInterruptException e) {
                // The process ends: that says nothing of the file.
                throw e;
            } catch (IOException e) {
                throw damaged(snapshot, e);
            }
            channel.position(0);
            restore(state, snapshot, new BufferedInputStream(Channels.newInputStream(channel), BUFFER_BYTES));
        }
    }

    /** A checksum that cannot be read now, where no more files can be open, says nothing of the snapshot. */
    private MD5Hash storedHash(Path snapshot) throws IOException {
        MD5Hash stored;
        try {
            stored = MD5FileUtil.readStoredMd5ForFile(snapshot.toFile());
        } catch (IOException e) {
            if (e.getCause() instanceof IOException) {
                throw e;
            }
            throw damaged(snapshot, e);
        }
        if (stored == null) {
            throw damaged(snapshot, new IOException("its checksum file is missing"));
        }
        return stored;
    }

    private ServiceException damaged(Path snapshot, IOException why) throws IOException {
        return new ServiceException(
                FailureCode.CORRUPT,
                "Snapshot " + snapshot + " is damaged: " + why.getMessage() + ". " + remedy(),
                why);
    }

    private static void restore(ReplicatedState state, Path snapshot, InputStream in) {
        try {
            state.restore(in, positionOf(snapshot));
        } catch (IOException | RuntimeException e) {
            throw new ServiceException(
                    FailureCode.INTERNAL,
                    "Snapshot " + snapshot + " is whole, and cannot be restored: " + e.getMessage()
                            + ". Start the version that has written it, or a later one",
                    e);
        }
    }

    /** What helps against a damaged snapshot. No older one is kept: the log that would have to follow it is purged. */
    private String remedy() throws IOException {
        OptionalLong first = LogCheck.firstEntry(log);
        if (first.isPresent() && first.getAsLong() == 0) {
            return "The log still holds every entry: move this file and its .md5 out of the directory, and the state is"
                    + " built from the log";
        }
        return "The log holds what came after it only"
                + (first.isPresent() ? ", from entry " + first.getAsLong() + " on" : "")
                + ": restore the group's directory from a copy";
    }

    private static void verify(FileChannel content, MD5Hash stored) throws IOException {
        MessageDigest digest = MD5FileUtil.newMD5();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        while (content.read(buffer) >= 0) {
            digest.update(buffer.flip());
            buffer.clear();
        }
        if (!MD5Hash.newInstance(digest.digest()).equals(stored)) {
            throw new IOException("its bytes do not match its checksum");
        }
    }

    /** Writes and fsyncs a view of the state; lets go of the view. */
    Unpublished write(ReplicatedState.Frozen frozen, LogPosition position) throws IOException {
        Path path = directory.resolve(
                SimpleStateMachineStorage.getSnapshotFileName(position.term(), position.index()) + UNPUBLISHED);
        MessageDigest digest = MD5FileUtil.newMD5();
        try (frozen;
                FileChannel channel = FileChannel.open(
                        path,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            OutputStream out = new BufferedOutputStream(
                    new DigestOutputStream(Channels.newOutputStream(channel), digest), BUFFER_BYTES);
            frozen.writeTo(out);
            out.flush();
            channel.force(true);
        } catch (IOException | RuntimeException | Error e) {
            Files.deleteIfExists(path);
            throw e;
        }
        return new Unpublished(path, position, MD5Hash.newInstance(digest.digest()));
    }

    /** The checksum file first: a snapshot is never seen without it. */
    SingleFileSnapshotInfo publish(Unpublished unpublished) throws IOException {
        LogPosition position = unpublished.position();
        Path published =
                directory.resolve(SimpleStateMachineStorage.getSnapshotFileName(position.term(), position.index()));
        MD5FileUtil.saveMD5File(published.toFile(), unpublished.hash());
        Files.move(unpublished.path(), published, StandardCopyOption.ATOMIC_MOVE);
        Durable.syncDirectory(directory);
        return new SingleFileSnapshotInfo(
                new FileInfo(published, unpublished.hash()), position.term(), position.index());
    }

    void discard(Unpublished unpublished) throws IOException {
        Files.deleteIfExists(unpublished.path());
    }

    private static Path checksumOf(Path snapshot) {
        return snapshot.resolveSibling(snapshot.getFileName() + MD5FileUtil.MD5_SUFFIX);
    }
}
