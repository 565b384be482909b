/**
 * One shard in this process: the state machine that its group drives, the way commands get into its log, and the views
 * of it that other modules read.
 */
@NullMarked
package io.weir.wal.shard;

import org.jspecify.annotations.NullMarked;
