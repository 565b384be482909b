/** Tests of this package. */
@NullMarked
package io.weir.wal.entry;

import org.jspecify.annotations.NullMarked;
