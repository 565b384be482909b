/** The object tier as a whole, against stores and shards that fail. */
@NullMarked
package io.weir.objecttier;

import org.jspecify.annotations.NullMarked;
