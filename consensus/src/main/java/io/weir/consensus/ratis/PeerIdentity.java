package io.weir.consensus.ratis;

import io.weir.consensus.Cluster;
import io.weir.consensus.log.Durable;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Which replica a data directory is, and which groups it has begun: the file {@code peer} in it, a line for the one and
 * a line for each of the others. The replica never changes. A directory without the file, as one that was wiped,
 * becomes a replica that never was before; a founder it becomes only when told to, once.
 *
 * <p>Threading: any thread. Durability: a group is in the file before anybody else is answered in its name.
 */
final class PeerIdentity {
    private static final String FILE = "peer";

    private final Path directory;
    private final PeerId id;
    private final Set<String> begun;

    private PeerIdentity(Path directory, PeerId id, Set<String> begun) {
        this.directory = directory;
        this.id = id;
        this.begun = begun;
    }

    /**
     * Makes an empty directory that of a founder.
     *
     * @param begun groups whose files it is about to have
     */
    static void found(Path directory, Cluster cluster, Set<String> begun) throws IOException {
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
        new PeerIdentity(directory, founder, Set.of()).write(new TreeSet<>(begun));
    }

    /** The directory's replica; one numbered by the time if it has none: no earlier one can have been that. */
    static PeerIdentity of(Path directory, Cluster cluster, InstantSource clock) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            new PeerIdentity(directory, new PeerId(cluster.node(), clock.millis()), Set.of()).write(Set.of());
        }
        List<String> lines = Files.readString(file).lines().toList();
        PeerId id = PeerId.parse(lines.isEmpty() ? "" : lines.getFirst());
        if (!id.node().equals(cluster.node())) {
            throw new ServiceException(
                    FailureCode.CORRUPT,
                    "Directory " + directory + " is of " + id.node() + ", not of " + cluster.node());
        }
        return new PeerIdentity(directory, id, new TreeSet<>(lines.subList(1, lines.size())));
    }

    static boolean isIn(Path directory) {
        return Files.exists(directory.resolve(FILE));
    }

    PeerId id() {
        return id;
    }

    /** Whether this replica may have voted in a group, or acknowledged an entry. */
    synchronized boolean hasBegun(String group) {
        return begun.contains(group);
    }

    synchronized List<String> begun() {
        return List.copyOf(begun);
    }

    /** From now on its files must be there. Where that cannot be written it has not begun. */
    synchronized void begin(String group) throws IOException {
        if (!begun.contains(group)) {
            Set<String> all = new TreeSet<>(begun);
            all.add(group);
            write(all);
            begun.add(group);
        }
    }

    private void write(Set<String> groups) throws IOException {
        Durable.replace(
                directory.resolve(FILE),
                id + "\n" + String.join("", groups.stream().map(it -> it + "\n").toList()));
    }
}
