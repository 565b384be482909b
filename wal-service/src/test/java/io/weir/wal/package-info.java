/** Tests of this package. */
@NullMarked
package io.weir.wal;

import org.jspecify.annotations.NullMarked;
