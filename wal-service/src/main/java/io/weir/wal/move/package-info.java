/** Moves streams between shards: the steps of one move, and what remains to be done for streams that went (ADR 14). */
@NullMarked
package io.weir.wal.move;

import org.jspecify.annotations.NullMarked;
