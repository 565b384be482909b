/** The port of coordination state: compacted key-value logs, one owner at a time, fenced by an epoch. */
@NullMarked
package io.weir.contracts.cell;

import org.jspecify.annotations.NullMarked;
