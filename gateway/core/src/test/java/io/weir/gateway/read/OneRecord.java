package io.weir.gateway.read;

import io.weir.contracts.batch.RecordBatch;
import java.nio.ByteBuffer;

/** Batches of one record, as far as their headers go. */
final class OneRecord {
    private OneRecord() {}

    static RecordBatch at(long timestampMs) {
        ByteBuffer batch = ByteBuffer.allocate(RecordBatch.HEADER_BYTES);
        batch.putInt(8, RecordBatch.HEADER_BYTES - RecordBatch.LENGTH_PREFIX_BYTES);
        batch.putLong(35, timestampMs);
        batch.putLong(43, RecordBatch.NO_PRODUCER);
        batch.putInt(57, 1);
        return RecordBatch.trusted(batch);
    }
}
