/**
 * JSON text as the bytes of a VARIANT, in one pass and without an object for each value: what Iceberg, Parquet and a
 * general parser do for that in turn is most of what feeding a table costs.
 */
@NullMarked
package io.weir.lakehouse.variant;

import org.jspecify.annotations.NullMarked;
