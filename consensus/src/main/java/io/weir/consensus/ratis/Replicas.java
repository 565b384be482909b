package io.weir.consensus.ratis;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.identity.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whom a node without a replica may follow, one after another: the peers that it was told of last, those that the group
 * began with until then. Which one comes first depends on the node, so that many are spread.
 *
 * <p>Threading: any thread; only {@link #next} may block.
 */
final class Replicas {
    private static final Logger LOG = LoggerFactory.getLogger(Replicas.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);

    private final Supplier<List<Peer>> founders;
    private final Duration mostPause;
    private volatile boolean lookUpFails;
    private List<Peer> peers;
    private boolean told;
    private int turn;
    /** Asked one after another, and none was of use. */
    private int inVain;

    /** @param founders whom to ask first, and again when none that is known was of use; may block */
    Replicas(Supplier<List<Peer>> founders, int seed, Duration mostPause) {
        this.founders = founders;
        this.peers = sorted(founders.get());
        this.turn = seed;
        this.mostPause = mostPause;
    }

    private static List<Peer> sorted(List<Peer> peers) {
        List<Peer> sorted = new ArrayList<>(peers);
        sorted.sort(Comparator.comparingInt(peer -> peer.id().node().value()));
        return List.copyOf(sorted);
    }

    /** A replica that waits to be added knows of none. */
    synchronized void are(List<Peer> now) {
        if (!now.isEmpty()) {
            peers = sorted(now);
            told = true;
        }
    }

    /** May block, with no lock held: whoever only wants to know who is known does not wait. */
    Optional<Peer> next() {
        if (areAskedInVain()) {
            lookUp();
        }
        return turn();
    }

    /** Those that are known may answer again although nobody can be looked up. */
    private void lookUp() {
        try {
            lookedUp(founders.get());
            lookUpFails = false;
        } catch (RuntimeException | Error e) {
            // Said once: it is tried again several times a second.
            if (!lookUpFails) {
                LOG.atWarn().setCause(e).log("Replicas cannot be looked up");
            }
            lookUpFails = true;
        }
    }

    private synchronized boolean areAskedInVain() {
        return inVain >= peers.size();
    }

    private synchronized Optional<Peer> turn() {
        inVain++;
        return peers.isEmpty() ? Optional.empty() : Optional.of(peers.get(Math.floorMod(turn++, peers.size())));
    }

    /**
     * Those that a name stands for may be others by now, and those that a replica has told of may be gone: it may know
     * of long ago. Not so if one was of use meanwhile.
     */
    private synchronized void lookedUp(List<Peer> now) {
        if (areAskedInVain() && !now.stream().allMatch(peer -> isAmong(peers, peer))) {
            List<Peer> all = new ArrayList<>(now);
            peers.stream().filter(known -> !isAmong(now, known)).forEach(all::add);
            peers = sorted(all);
            told = false;
        }
    }

    private static boolean isAmong(List<Peer> peers, Peer wanted) {
        return peers.stream().anyMatch(peer -> peer.host().equals(wanted.host()) && peer.port() == wanted.port());
    }

    /** The one asked last is of use: what is missing here comes from it, or it knows who leads, and has no more. */
    synchronized void answered() {
        inVain = 0;
    }

    /** Before the next one is asked: short while there is one that was not asked yet. */
    synchronized Duration pause() {
        Duration pause = FIRST_PAUSE;
        for (int round = peers.size(); round < inVain && pause.compareTo(mostPause) < 0; round++) {
            pause = pause.multipliedBy(2);
        }
        return pause.compareTo(mostPause) < 0 ? pause : mostPause;
    }

    synchronized Stream<Peer> all() {
        return peers.stream();
    }

    /** Those that a replica has told of: none while only addresses are known. */
    synchronized Stream<Peer> known() {
        return told ? peers.stream() : Stream.empty();
    }

    /** A node's peer. */
    Optional<Peer> of(NodeId node) {
        return all().filter(peer -> peer.id().node().equals(node))
                .max(Comparator.comparingLong(peer -> peer.id().incarnation()));
    }
}
