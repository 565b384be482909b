package io.weir.contracts.consensus;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Who takes part in a group of several peers. Only the leader's changes anything; one change at a time.
 *
 * <p>Threading: any thread. Futures complete on a thread of the group's, never exceptionally.
 */
public interface GroupMembership {
    /** This process's own replica. */
    PeerId self();

    /** The peers as this one knows them; empty while it waits to be added. */
    List<Peer> peers();

    /** How the others follow, where this peer leads; else empty. */
    List<PeerStanding> standings();

    /**
     * Admits a peer, once it has caught up. A former peer of the same node leaves in the same change: a node takes part
     * once.
     */
    CompletableFuture<MembershipChange> add(Peer peer);

    /**
     * Removes a peer: one that leads must transfer its leadership first. Refused while those that would be left, and
     * answer, are no quorum.
     */
    CompletableFuture<MembershipChange> remove(PeerId peer);

    /**
     * Lets another peer lead, once it has every entry; new entries are refused meanwhile. Refused at once while the
     * peer does not answer.
     */
    CompletableFuture<MembershipChange> transferTo(PeerId peer);
}
