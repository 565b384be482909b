package io.weir.consensus.ratis;

import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.log.Durable;
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

/**
 * Writes groups that have a snapshot and no log, as a peer has that was sent its leader's snapshot.
 *
 * <p>Durability: everything is fsynced when {@link #write} returns.
 */
public final class SeededGroups {
    /** The library's file of the term and the vote, as it writes it. */
    private static final String TERM_FILE = "raft-meta";

    private SeededGroups() {}

    /**
     * Gives a directory groups that go on from a state, when their logs are lost; before its first start. Each peer
     * that a group begins with has to be given the same. They are written one after another: what a crash leaves begins
     * with the first ones.
     *
     * @throws IllegalStateException when it has one of the groups already
     */
    public static void write(ConsensusConfig config, List<GroupSeed> seeds) {
        try {
            write(config.directory(), seeds);
        } catch (IOException e) {
            throw new ServiceException(
                    FailureCode.INTERNAL, "Cannot write groups into " + config.directory() + ": " + e.getMessage(), e);
        }
    }

    private static void write(Path directory, List<GroupSeed> seeds) throws IOException {
        Durable.createDirectories(directory);
        for (GroupSeed seed : seeds) {
            GroupFiles files = new GroupFiles(directory, seed.group());
            if (Files.exists(files.storage())) {
                throw new IllegalStateException("Group " + seed.group() + " is in " + directory + " already");
            }
            files.createDirectories();
            Durable.createDirectories(files.log());
            writeTerm(files.log(), seed.position().term());
            files.snapshots().publish(files.snapshots().write(new Seeded(seed), seed.position()));
            files.syncTree();
            Durable.syncDirectory(directory);
        }
    }

    /** Nobody has been voted for in it. */
    private static void writeTerm(Path log, long term) throws IOException {
        Path unfinished = log.resolve(TERM_FILE + ".tmp");
        try (FileChannel channel = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            ByteBuffer text = StandardCharsets.UTF_8.encode("term=" + term + "\nvotedFor=\n");
            while (text.hasRemaining()) {
                channel.write(text);
            }
            channel.force(true);
        }
        Files.move(unfinished, log.resolve(TERM_FILE), StandardCopyOption.ATOMIC_MOVE);
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
