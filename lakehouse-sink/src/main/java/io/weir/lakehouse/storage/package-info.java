/**
 * Where tables' files lie: Iceberg's file port over an {@link io.weir.contracts.object.ObjectStore}, without Hadoop's
 * file systems or a cloud's own client. Files are staged in bounded memory, or in a temporary file, and created whole;
 * they are read by range, with read-ahead.
 */
@NullMarked
package io.weir.lakehouse.storage;

import org.jspecify.annotations.NullMarked;
