package io.weir.lakehouse.feed;

import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Types.NestedField;

/** Dead letters in the columns that their table has now: what a user took away is left out, what they added is null. */
final class DeadLetterRows {
    private final Schema schema;

    DeadLetterRows(Schema schema) {
        this.schema = schema;
    }

    Record in(Record letter) {
        GenericRecord row = GenericRecord.create(schema);
        for (NestedField column : schema.columns()) {
            NestedField known = DeadLetterColumns.SCHEMA.findField(column.name());
            if (known != null) {
                row.setField(column.name(), letter.getField(column.name()));
            }
        }
        return row;
    }
}
