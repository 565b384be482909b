/** What every object store must do, tested on each of them. */
@NullMarked
package io.weir.objecttier.store;

import org.jspecify.annotations.NullMarked;
