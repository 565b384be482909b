/**
 * Benchmarks of the hot pieces on the way of a message: the batch check, the apply, the append through Raft, and a
 * segment's writing and reading.
 */
@NullMarked
package io.weir.benchmarks;

import org.jspecify.annotations.NullMarked;
