/**
 * What a peer that follows asks of the one that leads: to take in an entry, and to confirm that it leads. One service
 * of ours on the port and server of Ratis' own (ADR 8).
 */
@NullMarked
package io.weir.consensus.ratis.forward;

import org.jspecify.annotations.NullMarked;
