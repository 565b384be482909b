/** Tests of this package. */
@NullMarked
package io.weir.wal.state;

import org.jspecify.annotations.NullMarked;
