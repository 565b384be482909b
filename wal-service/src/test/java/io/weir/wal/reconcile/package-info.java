/** Tests of this package. */
@NullMarked
package io.weir.wal.reconcile;

import org.jspecify.annotations.NullMarked;
