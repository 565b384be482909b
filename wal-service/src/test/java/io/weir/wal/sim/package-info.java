/** The seeded simulation of a shard. */
@NullMarked
package io.weir.wal.sim;

import org.jspecify.annotations.NullMarked;
