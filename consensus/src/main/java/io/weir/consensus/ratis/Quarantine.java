package io.weir.consensus.ratis;

import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.log.Durable;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A replica among several that must not vote again, since its log is damaged or lost: it is marked when that is found,
 * and at the next start its whole directory is renamed, and kept; the node returns as a new replica (ADR 7). One such
 * directory is kept: a second one is not set aside before somebody has looked at the first. Nor is one with a group
 * that nobody else keeps, sound or not.
 */
final class Quarantine {
    private static final Logger LOG = LoggerFactory.getLogger(Quarantine.class);
    private static final String MARK = "quarantined";

    private Quarantine() {}

    /**
     * What a damaged group is refused with. A replica is marked where others keep every group that is in its directory;
     * of one that it keeps alone nobody could give it the log back, whether that is the damaged one or not.
     */
    static ServiceException refusal(
            ServiceException why, String damaged, ConsensusConfig config, PeerIdentity identity) {
        if (why.code() != FailureCode.CORRUPT) {
            return why;
        }
        Path directory = config.directory();
        try {
            List<String> alone = keptAlone(damaged, config, identity);
            if (!alone.isEmpty()) {
                return new ServiceException(
                        FailureCode.CORRUPT,
                        why.getMessage() + ". This node does not set " + directory
                                + " aside, since nobody else is known to keep group " + String.join(", ", alone)
                                + ": put what is damaged back as it was, from a copy",
                        why);
            }
            Durable.replace(directory.resolve(MARK), why.getMessage() + "\n");
            return new ServiceException(
                    FailureCode.CORRUPT,
                    why.getMessage() + ". At its next start this node sets " + directory
                            + " aside, and returns as a new replica",
                    why);
        } catch (IOException e) {
            why.addSuppressed(e);
        }
        return why;
    }

    private static List<String> keptAlone(String damaged, ConsensusConfig config, PeerIdentity identity)
            throws IOException {
        Set<String> kept = new TreeSet<>(identity.begun());
        kept.add(damaged);
        List<String> alone = new ArrayList<>();
        for (String group : kept) {
            if (!isShared(config, Optional.of(identity), new GroupFiles(config.directory(), group), group)) {
                alone.add(group);
            }
        }
        return alone;
    }

    /** Whether anybody else keeps a group: by its last configuration that was applied here, or as it began. */
    static boolean isShared(ConsensusConfig config, Optional<PeerIdentity> identity, GroupFiles files, String group)
            throws IOException {
        if (identity.isEmpty()) {
            return false;
        }
        NodeId self = identity.get().id().node();
        List<PeerId> known = files.lastPeers();
        if (known.isEmpty()) {
            known = config.cluster().stream()
                    .flatMap(cluster -> cluster.foundersOf(group).stream())
                    .map(Peer::id)
                    .toList();
        }
        return known.stream().anyMatch(peer -> !peer.node().equals(self));
    }

    static boolean isMarked(Path directory) {
        return Files.exists(directory.resolve(MARK));
    }

    /** Before anything in the directory is used, or locked. */
    static void setAside(Path directory) throws IOException {
        if (!isMarked(directory)) {
            return;
        }
        String why = Files.readString(directory.resolve(MARK)).strip();
        Path aside = aside(directory);
        if (Files.exists(aside)) {
            throw new ServiceException(
                    FailureCode.CORRUPT,
                    why + ". An earlier damaged replica was set aside in " + aside
                            + " already: remove that, once it is of no use, and this one is set aside, too");
        }
        Files.move(directory, aside, StandardCopyOption.ATOMIC_MOVE);
        Durable.syncDirectory(parent(directory));
        LOG.atError()
                .addKeyValue("directory", aside)
                .log("A damaged replica was set aside, and this node returns as a new one: {}", why);
    }

    private static Path aside(Path directory) {
        return parent(directory).resolve(directory.getFileName() + "-damaged");
    }

    private static Path parent(Path directory) {
        return Optional.ofNullable(directory.toAbsolutePath().getParent())
                .orElseThrow(() -> new IllegalArgumentException(directory + " is in no directory"));
    }
}
