/** Tests of the package of the same name; what needs a sink to follow is among the feed's. */
@NullMarked
package io.weir.lakehouse.mirror;

import org.jspecify.annotations.NullMarked;
