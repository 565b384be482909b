package io.weir.lakehouse.columns;

import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;

/** What becomes of a record. */
public sealed interface Conversion {
    /**
     * A row of the table.
     *
     * <p>Ownership: valid until the next record is converted; its buffers are the record's own.
     */
    record Row(Record row) implements Conversion {}

    /** The table must have these columns first; field ids mean nothing here, columns are told apart by name. */
    record Grow(Schema wanted) implements Conversion {}

    /** The record has no place in the table. */
    record Bad(String reason) implements Conversion {}
}
