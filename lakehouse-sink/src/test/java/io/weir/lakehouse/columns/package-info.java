/** Tests of how records become rows. */
@NullMarked
package io.weir.lakehouse.columns;

import org.jspecify.annotations.NullMarked;
