/** What every implementation of the consensus port promises. */
@NullMarked
package io.weir.consensus;

import org.jspecify.annotations.NullMarked;
