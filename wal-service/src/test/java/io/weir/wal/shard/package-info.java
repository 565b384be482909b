/** Tests of this package. */
@NullMarked
package io.weir.wal.shard;

import org.jspecify.annotations.NullMarked;
