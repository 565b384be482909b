package io.weir.kafka.offsets;

import io.weir.contracts.batch.RecordBatch;
import io.weir.gateway.read.StoredBatch;
import io.weir.kafka.offsets.OffsetQuery.Found;
import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.CloseableIterator;

/** Finds a record inside a stored batch. */
final class RecordSearch {
    private RecordSearch() {}

    /** The first record of this time or later that is not below the log start. */
    static Found firstReaching(StoredBatch stored, long timestampMs, long logStart) {
        return latest(stored, timestampMs, timestampMs, logStart);
    }

    /** The first record with the largest timestamp of those that are not below the log start. */
    static Found latest(StoredBatch stored, long logStart) {
        return latest(stored, Long.MIN_VALUE, stored.batch().maxTimestampMs(), logStart);
    }

    /** The same among records of the least time or later; nothing behind one that has enough is looked at. */
    private static Found latest(StoredBatch stored, long leastMs, long enoughMs, long logStart) {
        RecordBatch batch = stored.batch();
        if (batch.hasLogAppendTime()) {
            long offset = Math.max(stored.baseOffset(), logStart);
            return new Found(batch.maxTimestampMs(), offset, stored.leaderEpoch());
        }
        ByteBuffer copy = ByteBuffer.allocate(batch.sizeBytes());
        copy.put(batch.bytes()).flip();
        RecordBatch.writeAssigned(copy.duplicate(), stored.baseOffset(), batch.sizeBytes(), stored.leaderEpoch());
        Found best = Found.NOTHING;
        long wantedMs = leastMs;
        for (MutableRecordBatch decoded : MemoryRecords.readableRecords(copy).batches()) {
            try (CloseableIterator<Record> records = decoded.streamingIterator(BufferSupplier.NO_CACHING)) {
                while (records.hasNext()) {
                    Record record = records.next();
                    if (record.timestamp() >= wantedMs && record.offset() >= logStart) {
                        best = new Found(record.timestamp(), record.offset(), stored.leaderEpoch());
                        if (record.timestamp() >= enoughMs) {
                            return best;
                        }
                        wantedMs = record.timestamp() + 1;
                    }
                }
            }
        }
        return best;
    }
}
