/** Tests of the package of the same name, or for {@code sample}, what they are made of. */
@NullMarked
package io.weir.objecttier.s3;

import org.jspecify.annotations.NullMarked;
