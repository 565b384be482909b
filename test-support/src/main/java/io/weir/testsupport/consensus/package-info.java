/**
 * A stand-in for Raft in tests: one peer, in memory, deterministic, that can crash, lose leadership, refuse, duplicate
 * and forget, so that replicated states are simulated without the library.
 */
@NullMarked
package io.weir.testsupport.consensus;

import org.jspecify.annotations.NullMarked;
