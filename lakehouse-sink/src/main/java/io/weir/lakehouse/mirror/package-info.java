/**
 * Topics' tables shown in another Iceberg catalog: a pointer there follows the table's own one, to the very same
 * metadata files. Nothing is decided there, and nothing is written to the table store.
 */
@NullMarked
package io.weir.lakehouse.mirror;

import org.jspecify.annotations.NullMarked;
