package io.weir.contracts.consensus;

import java.time.Duration;

/**
 * How well a peer follows, as the leader sees it.
 *
 * @param silence since it last answered
 * @param entriesBehind how many committed entries it does not know to be committed; one or two under load
 */
public record PeerStanding(PeerId peer, Duration silence, long entriesBehind) {}
