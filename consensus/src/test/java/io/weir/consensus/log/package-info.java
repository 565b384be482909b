/** Damaged logs, byte by byte. */
@NullMarked
package io.weir.consensus.log;

import org.jspecify.annotations.NullMarked;
