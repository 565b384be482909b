/**
 * Tables' pointers: which metadata file is a table's present one, and how far its topic has come, in one
 * compare-and-set record of the metadata group.
 */
@NullMarked
package io.weir.contracts.table;

import org.jspecify.annotations.NullMarked;
