/**
 * How a record becomes a row: the columns that every topic's table has, the value as bytes, text, VARIANT or the typed
 * columns of its Avro schema, and how a table's columns grow with what is written.
 */
@NullMarked
package io.weir.lakehouse.columns;

import org.jspecify.annotations.NullMarked;
