package io.weir.consensus.ratis;

import io.weir.consensus.Cluster;
import io.weir.consensus.log.Durable;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.stream.Stream;

/**
 * Which replica a data directory is: the file {@code peer} in it, written once and never changed. A directory without
 * it, as one is that was wiped, becomes a replica that never was before; a founder it becomes only when told to, once.
 */
final class PeerIdentity {
    private static final String FILE = "peer";

    private PeerIdentity() {}

    /** Makes an empty directory that of a founder. */
    static void found(Path directory, Cluster cluster) throws IOException {
        PeerId founder = cluster.founders().stream()
                .map(Peer::id)
                .filter(id -> id.node().equals(cluster.node()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(cluster.node() + " is no founder"));
        Durable.createDirectories(directory);
        try (Stream<Path> files = Files.list(directory)) {
            if (files.findAny().isPresent()) {
                throw new IllegalStateException(
                        "Directory " + directory + " is not empty: founder " + founder + " begins with nothing");
            }
        }
        write(directory, founder);
    }

    /** The directory's replica; one numbered by the time if it has none: no earlier one can have been that. */
    static PeerId of(Path directory, Cluster cluster, InstantSource clock) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            write(directory, new PeerId(cluster.node(), clock.millis()));
        }
        PeerId id = PeerId.parse(Files.readString(file).strip());
        if (!id.node().equals(cluster.node())) {
            throw new ServiceException(
                    FailureCode.CORRUPT,
                    "Directory " + directory + " is of " + id.node() + ", not of " + cluster.node());
        }
        return id;
    }

    private static void write(Path directory, PeerId id) throws IOException {
        Path unfinished = directory.resolve(FILE + ".unfinished");
        try (FileChannel channel = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            ByteBuffer text = StandardCharsets.UTF_8.encode(id + "\n");
            while (text.hasRemaining()) {
                channel.write(text);
            }
            channel.force(true);
        }
        Files.move(unfinished, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
        Durable.syncDirectory(directory);
    }
}
