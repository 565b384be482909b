/** The way out of the tail: turns what waits into segments, off the latency path. */
@NullMarked
package io.weir.wal.flush;

import org.jspecify.annotations.NullMarked;
