/** Tests of the package of the same name, or for {@code sample}, what they are made of. */
@NullMarked
package io.weir.objecttier.read;

import org.jspecify.annotations.NullMarked;
