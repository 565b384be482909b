/** Tests of this package. */
@NullMarked
package io.weir.wal.read;

import org.jspecify.annotations.NullMarked;
