/** The cursor group's state machine: 256 compacted key-value logs, each fenced by an epoch. */
@NullMarked
package io.weir.metadata.cursor;

import org.jspecify.annotations.NullMarked;
