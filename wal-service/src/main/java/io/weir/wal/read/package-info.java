/** Reads of one shard: from the tail in memory, from the log behind it, or a pointer to the segments. */
@NullMarked
package io.weir.wal.read;

import org.jspecify.annotations.NullMarked;
