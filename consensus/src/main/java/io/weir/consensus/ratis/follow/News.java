package io.weir.consensus.ratis.follow;

import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.ReplicaLag;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a replica knows of its group.
 *
 * @param applied the last index that it has applied
 * @param logBytes of its log on disk
 * @param silence since it has heard of the leader, or for how long it has committed nothing of what others have,
 *     whichever is longer; since it began while it is no peer
 * @param leader perhaps itself; nobody while it is no peer, and what it has says nothing of what there is
 * @param peers of the newest configuration
 * @param lags of those of them that it has heard of
 */
public record News(
        long applied,
        long logBytes,
        Duration silence,
        Optional<Leader> leader,
        List<Peer> peers,
        List<ReplicaLag> lags) {
    /** In one message. */
    static final int MOST_PEERS = 16;

    public News {
        peers = List.copyOf(peers);
        lags = List.copyOf(lags);
    }
}
