/**
 * The metadata group's state machine and the binary forms of its entries and snapshots. No clock, no randomness, no I/O
 * of its own: the same entries give the same image on every peer.
 */
@NullMarked
package io.weir.metadata.log;

import org.jspecify.annotations.NullMarked;
