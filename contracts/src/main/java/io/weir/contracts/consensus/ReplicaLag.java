package io.weir.contracts.consensus;

import java.util.OptionalLong;

/**
 * A replica of a group, and how far it is behind, as some process has last heard.
 *
 * @param entriesBehind how many committed entries it does not know to be committed; empty when nothing was heard of it
 */
public record ReplicaLag(PeerId peer, OptionalLong entriesBehind) {}
