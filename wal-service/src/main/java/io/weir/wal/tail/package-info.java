/**
 * The tail in memory: which batches of a stream can be read without objects, their bytes up to a budget, and who waits
 * for more.
 */
@NullMarked
package io.weir.wal.tail;

import org.jspecify.annotations.NullMarked;
