/** Tests of the package of the same name, or for {@code sample}, what they are made of. */
@NullMarked
package io.weir.objecttier.backup;

import org.jspecify.annotations.NullMarked;
