/**
 * The port beneath every replicated state: a Raft group that makes entries durable and ordered, and the state machine
 * it drives. Keeping it a port keeps Raft's library out of the state machines, and lets a simulator drive them.
 */
@NullMarked
package io.weir.contracts.consensus;

import org.jspecify.annotations.NullMarked;
