/**
 * A shard's replicated state: streams, producers, sessions, segments and the index of the tail. It changes only by
 * applying commands, in log order; a command that cannot be carried out is answered with a {@code Reply}, never with an
 * exception. Nothing here reads a clock, draws random numbers or does I/O of its own.
 */
@NullMarked
package io.weir.wal.state;

import org.jspecify.annotations.NullMarked;
