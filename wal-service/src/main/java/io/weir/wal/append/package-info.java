/** The way in: batches wait here for the entry they travel in, and here their outcomes come back. */
@NullMarked
package io.weir.wal.append;

import org.jspecify.annotations.NullMarked;
