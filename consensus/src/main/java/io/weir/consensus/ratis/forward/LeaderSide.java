package io.weir.consensus.ratis.forward;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.consensus.Submission.NotAccepted;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A group of this process, as the other peers see it.
 *
 * <p>Threading: any thread.
 */
public interface LeaderSide {
    /**
     * Waits a moment for one that has just been elected.
     *
     * @param asking another peer, or a node without a replica
     * @return empty when this peer leads in that term, and no other replica of the asking node belongs to the group
     */
    Optional<NotAccepted> leadsIn(long term, PeerId asking);

    /**
     * Whether a peer may submit. A node without a replica may, unless it has left: it would wait for its entries for
     * ever. One that has a replica does so as that one.
     */
    boolean belongs(PeerId peer);

    /**
     * Appends an entry in the term that it names, or refuses it. Blocks while too much is in flight.
     *
     * @return completed already with {@code NotAccepted} when it is not in the log and never will be; else it may be
     */
    CompletableFuture<Submission> take(Origin origin, List<ByteBuffer> entry);

    /**
     * Confirms that this peer leads.
     *
     * @return an index at or above everything that was committed before; fails with a {@code ServiceException}
     */
    CompletableFuture<Long> confirm(PeerId asking);

    /** The connection over which a peer asked for that has ended: perhaps the peer has too. */
    void connectionLost(PeerId asking);

    /** What became of a replica's wish to be admitted to the group. */
    sealed interface Answer {
        /** It belongs to the group. */
        record Admitted() implements Answer {}

        /** Another peer leads. */
        record Elsewhere(Peer leader) implements Answer {}

        /** Not now, or never. */
        record Refused(NotAccepted why) implements Answer {}
    }

    /**
     * Admits a replica to the group if it may belong to it: once it has caught up.
     *
     * @param asking whoever asks, of whom nothing is known but what it says
     */
    CompletableFuture<Answer> admit(Peer asking);
}
