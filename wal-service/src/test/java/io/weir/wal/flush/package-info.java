/** Tests of this package. */
@NullMarked
package io.weir.wal.flush;

import org.jspecify.annotations.NullMarked;
