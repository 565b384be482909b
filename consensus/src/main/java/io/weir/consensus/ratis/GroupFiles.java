package io.weir.consensus.ratis;

import io.weir.consensus.log.Doubt;
import io.weir.consensus.log.Durable;
import io.weir.consensus.log.LogCheck;
import io.weir.consensus.log.LogSize;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a group's files are: {@code <directory>/<name>/<id>/current} holds the log and the term, {@code …/sm} the
 * snapshots, {@code …/doubt} a {@link Doubt}. The id follows from the name.
 */
final class GroupFiles {
    /** The snapshots that one of the leader's replaces, and the directory in which that one arrives. */
    private static final String REPLACED = "sm.tmp";

    private static final String ARRIVING = "tmp";

    /** The library's file of the term and the vote. */
    static final String TERM_FILE = "raft-meta";

    /** And of the configuration that was applied last. */
    static final String CONFIGURATION_FILE = "raft-meta.conf";

    /** There from a failed write or fsync of the log to the next start that has written anew what it reads. */
    static final String FAILED_FILE = "log-failed";

    private static final long NO_CONFIGURATION = Long.MIN_VALUE;

    private static final Logger LOG = LoggerFactory.getLogger(GroupFiles.class);

    private final Path storage;
    private final RaftGroupId id;
    private final Path root;
    private final Path log;
    private final Path doubt;
    private final Path snapshotDirectory;
    private final SnapshotStore snapshots;
    private volatile LogSize size;
    private volatile long nextAtStart;
    private volatile boolean logHasFailed;

    GroupFiles(Path directory, String name) {
        this.storage = directory.resolve(name);
        UUID uuid = UUID.nameUUIDFromBytes(("weir:" + name).getBytes(StandardCharsets.UTF_8));
        this.id = RaftGroupId.valueOf(uuid);
        this.root = storage.resolve(uuid.toString());
        this.log = root.resolve("current");
        this.doubt = root.resolve("doubt");
        this.snapshotDirectory = root.resolve("sm");
        this.snapshots = new SnapshotStore(snapshotDirectory, log);
        this.size = new LogSize(log, 0);
    }

    Path storage() {
        return storage;
    }

    RaftGroupId id() {
        return id;
    }

    Path log() {
        return log;
    }

    /** Where it is kept how far the log once went; there is no such file where it still goes as far. */
    Path doubt() {
        return doubt;
    }

    /** Where the leader's snapshots arrive, each in a directory of its own. */
    Path arriving() {
        return arrivingBelow(root);
    }

    /** The same by the directory that the library knows. */
    static Path arrivingBelow(Path root) {
        return root.resolve(ARRIVING);
    }

    SnapshotStore snapshots() {
        return snapshots;
    }

    LogSize size() {
        return size;
    }

    /** Has the log checked, and what is kept of it made to last; what was found is known from now on. */
    LogCheck.Report checkLog(LogPosition snapshot, LogCheck.Doubts doubts) throws IOException {
        Path failed = root.resolve(FAILED_FILE);
        LogCheck.Report report = LogCheck.run(log, snapshot, logHasFailed || Files.exists(failed), doubts);
        logHasFailed = false;
        if (Files.deleteIfExists(failed)) {
            Durable.syncDirectory(root);
        }
        size = new LogSize(log, report.bytes());
        nextAtStart = report.next();
        return report;
    }

    /** Something in the log may be in memory only; the next process knows, too, if the disk takes that much. */
    void logFailed() {
        if (logHasFailed) {
            return;
        }
        logHasFailed = true;
        try {
            Durable.replace(root.resolve(FAILED_FILE), "");
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("directory", root)
                    .setCause(e)
                    .log("That the log failed cannot be noted: it should be opened again before the process ends");
        }
    }

    /** The first index that was not in the log at the start. */
    long nextAtStart() {
        return nextAtStart;
    }

    /** The library makes them when it finds none at all, not when a power loss left some of them. */
    void createDirectories() throws IOException {
        endInterruptedInstallation();
        Durable.createDirectories(snapshotDirectory);
    }

    /**
     * The leader's snapshot takes the directory's place in two renames; what a crash leaves in between is put right,
     * and what has arrived of others is deleted. Of a closed group.
     */
    void endInterruptedInstallation() throws IOException {
        if (!Files.isDirectory(root)) {
            return;
        }
        try (Stream<Path> paths = Files.list(root)) {
            for (Path path : paths.filter(GroupFiles::isLeftOver).toList()) {
                if (path.getFileName().toString().startsWith(REPLACED) && !Files.exists(snapshotDirectory)) {
                    Files.move(path, snapshotDirectory);
                } else {
                    deleteTree(path);
                }
            }
        }
        Durable.syncDirectory(root);
    }

    private static boolean isLeftOver(Path path) {
        String name = path.getFileName().toString();
        return name.startsWith(REPLACED) || name.equals(ARRIVING);
    }

    static void deleteTree(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** The log without the file that holds the term and the vote is not a group's. */
    void requireMetadata() throws IOException {
        if (!Files.isDirectory(log) || Files.exists(log.resolve(TERM_FILE))) {
            return;
        }
        try (Stream<Path> files = Files.list(log)) {
            if (files.anyMatch(file -> file.getFileName().toString().startsWith("log_"))) {
                throw new ServiceException(
                        FailureCode.CORRUPT, "File " + log.resolve(TERM_FILE) + " is missing beside its log");
            }
        }
    }

    /** Refuses an empty place where there were a log, a term and a vote: with none of them it could vote once more. */
    void requireBegun() {
        if (!Files.exists(log.resolve(TERM_FILE))) {
            throw new ServiceException(
                    FailureCode.CORRUPT, "Directory " + log + ", which this replica has begun, is gone or was emptied");
        }
    }

    /**
     * The library goes by the first members of all where it cannot read the last configuration that was applied here,
     * and says so to nobody.
     *
     * @return where in the log it is; in front of every entry if there is none
     * @throws ServiceException {@code CORRUPT} when the file holds something else
     * @throws IOException if it cannot be read now
     */
    long requireConfiguration() throws IOException {
        Path file = log.resolve(CONFIGURATION_FILE);
        try {
            return entryIn(file).getIndex();
        } catch (InvalidProtocolBufferException torn) {
            throw new ServiceException(
                    FailureCode.CORRUPT, "File " + file + " does not hold the members of its group", torn);
        } catch (NoSuchFileException none) {
            return NO_CONFIGURATION;
        }
    }

    /** Whoever takes part by the last configuration that was applied here; empty when there is none that is whole. */
    List<PeerId> lastPeers() throws IOException {
        Path file = log.resolve(CONFIGURATION_FILE);
        if (indexIn(file) == NO_CONFIGURATION) {
            return List.of();
        }
        RaftConfigurationProto last = entryIn(file).getConfigurationEntry();
        return Stream.concat(last.getPeersList().stream(), last.getOldPeersList().stream())
                .map(peer -> PeerId.parse(peer.getId().toStringUtf8()))
                .toList();
    }

    private static LogEntryProto entryIn(Path file) throws IOException {
        LogEntryProto entry = LogEntryProto.parseFrom(Files.readAllBytes(file));
        if (!entry.hasConfigurationEntry()) {
            throw new InvalidProtocolBufferException("It holds an entry of another kind, or none");
        }
        return entry;
    }

    /**
     * Writes a configuration that was applied, unless it is on the disk, or a later one. The library does so when it
     * applies it, and only logs that it could not: nothing else has the members once the log in front is purged.
     */
    synchronized void keepConfiguration(LogEntryProto applied) throws IOException {
        Path file = log.resolve(CONFIGURATION_FILE);
        if (indexIn(file) < applied.getIndex()) {
            Durable.replace(file, ByteBuffer.wrap(applied.toByteArray()));
        }
    }

    /** {@link #NO_CONFIGURATION} for a torn one, too: what was applied takes its place. */
    private static long indexIn(Path file) throws IOException {
        try {
            return Files.exists(file) ? entryIn(file).getIndex() : NO_CONFIGURATION;
        } catch (InvalidProtocolBufferException torn) {
            LOG.atWarn().addKeyValue("file", file).setCause(torn).log("This does not hold the members of its group");
            return NO_CONFIGURATION;
        }
    }

    /** Term, vote and configuration are replaced by rename: makes the names last. */
    void syncMetadata() throws IOException {
        Durable.syncDirectory(log);
    }

    /** Every name from the storage directory down. */
    void syncTree() throws IOException {
        Durable.syncDirectory(log);
        Durable.syncDirectory(snapshotDirectory);
        Durable.syncDirectory(root);
        Durable.syncDirectory(storage);
    }
}
