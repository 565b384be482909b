/** Tests of the catalog, over tables and objects in memory. */
@NullMarked
package io.weir.lakehouse.catalog;

import org.jspecify.annotations.NullMarked;
