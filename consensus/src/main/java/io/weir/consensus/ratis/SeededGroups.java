package io.weir.consensus.ratis;

import io.weir.consensus.Cluster;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.log.Durable;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;

/**
 * A directory of groups that have a snapshot and no log, as a peer has that was sent its leader's snapshot: written
 * beside the place where it belongs, until all of it is there.
 *
 * <p>Of several nodes each founder is given the same groups, at the same positions. What the founders are called
 * ({@link io.weir.contracts.consensus.PeerId}) nobody may have been called before: those who went by another name are
 * not let in, and not voted for, so that no two states come together.
 *
 * <p>Threading: one thread. Durability: everything is fsynced when {@link #write} returns, its place when
 * {@link #publish} does.
 */
public final class SeededGroups {
    private static final String UNFINISHED = "-unfinished";

    private final Path directory;
    private final Path unfinished;

    private SeededGroups(Path directory) {
        this.directory = directory.toAbsolutePath();
        this.unfinished = directory.resolveSibling(directory.getFileName() + UNFINISHED);
    }

    /**
     * Writes groups that go on from a state, when their logs are lost. What an attempt before this one left is deleted.
     *
     * @throws IllegalStateException when the directory that they are for has something in it
     */
    public static SeededGroups write(ConsensusConfig config, List<GroupSeed> seeds) {
        SeededGroups groups = new SeededGroups(config.directory());
        try {
            groups.requireRoom();
            groups.write(seeds, config.cluster());
            return groups;
        } catch (IOException e) {
            throw groups.failed(e);
        }
    }

    private ServiceException failed(IOException cause) {
        return new ServiceException(
                FailureCode.INTERNAL, "Cannot write groups into " + directory + ": " + cause.getMessage(), cause);
    }

    private void requireRoom() throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.list(directory)) {
            if (files.findAny().isPresent()) {
                throw new IllegalStateException("Directory " + directory + " is not empty");
            }
        }
    }

    private void write(List<GroupSeed> seeds, Optional<Cluster> cluster) throws IOException {
        if (Files.exists(unfinished)) {
            GroupFiles.deleteTree(unfinished);
        }
        Durable.createDirectories(unfinished);
        if (cluster.isPresent()) {
            Set<String> names = seeds.stream().map(GroupSeed::group).collect(Collectors.toSet());
            PeerIdentity.found(unfinished, cluster.get(), names);
        }
        for (GroupSeed seed : seeds) {
            GroupFiles files = new GroupFiles(unfinished, seed.group());
            files.createDirectories();
            Durable.createDirectories(files.log());
            // Nobody has been voted for in it.
            String term = "term=" + seed.position().term() + "\nvotedFor=\n";
            write(files.log().resolve(GroupFiles.TERM_FILE), term.getBytes(StandardCharsets.UTF_8));
            if (cluster.isPresent()) {
                byte[] peers = configuration(seed, cluster.get().foundersOf(seed.group()));
                write(files.log().resolve(GroupFiles.CONFIGURATION_FILE), peers);
            }
            files.snapshots().publish(files.snapshots().write(new Seeded(seed), seed.position()));
            files.syncTree();
        }
        Durable.syncDirectory(unfinished);
    }

    /** As the library keeps the last one that it applied. */
    private static byte[] configuration(GroupSeed seed, List<Peer> peers) {
        RaftConfigurationProto.Builder configuration = RaftConfigurationProto.newBuilder();
        peers.forEach(
                peer -> configuration.addPeers(RatisMembership.raftPeer(peer).getRaftPeerProto()));
        return LogEntryProto.newBuilder()
                .setTerm(seed.position().term())
                .setIndex(seed.position().index())
                .setConfigurationEntry(configuration)
                .build()
                .toByteArray();
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer left = ByteBuffer.wrap(bytes);
            while (left.hasRemaining()) {
                channel.write(left);
            }
            channel.force(true);
        }
    }

    /** Puts the directory in its place: from now on a process can start with it. */
    public void publish() {
        try {
            Files.move(unfinished, directory, StandardCopyOption.ATOMIC_MOVE);
            Path parent = directory.getParent();
            if (parent != null) {
                Durable.syncDirectory(parent);
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private record Seeded(GroupSeed seed) implements ReplicatedState.Frozen {
        @Override
        public void writeTo(OutputStream out) throws IOException {
            seed.state().writeTo(out);
        }

        @Override
        public void close() {
            // The state is its owner's.
        }
    }
}
