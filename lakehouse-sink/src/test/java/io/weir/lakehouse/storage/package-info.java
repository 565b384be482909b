/** Tests of the package of the same name. */
@NullMarked
package io.weir.lakehouse.storage;

import org.jspecify.annotations.NullMarked;
