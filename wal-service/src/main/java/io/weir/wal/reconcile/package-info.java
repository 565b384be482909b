/** Opens and deletes streams in the shards, as the metadata image says. */
@NullMarked
package io.weir.wal.reconcile;

import org.jspecify.annotations.NullMarked;
