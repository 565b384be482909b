/** Work that is done in steps by a thread of its own, or by a simulation that owns the clock. */
@NullMarked
package io.weir.wal.duty;

import org.jspecify.annotations.NullMarked;
