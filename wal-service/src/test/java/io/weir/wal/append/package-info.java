/** Tests of this package. */
@NullMarked
package io.weir.wal.append;

import org.jspecify.annotations.NullMarked;
