/**
 * A tenant's Iceberg catalog: tables whose present metadata file is named by a pointer in the metadata group. A commit
 * writes the next metadata files first and then moves all of its pointers in one compare-and-set.
 */
@NullMarked
package io.weir.lakehouse.catalog;

import org.jspecify.annotations.NullMarked;
