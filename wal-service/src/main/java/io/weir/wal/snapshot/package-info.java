/** When snapshots are taken and published: see ADR 2. */
@NullMarked
package io.weir.wal.snapshot;

import org.jspecify.annotations.NullMarked;
