/** Variable-length numbers in growing and in bounds-checked byte arrays: what segment and manifest are written with. */
@NullMarked
package io.weir.objecttier.codec;

import org.jspecify.annotations.NullMarked;
