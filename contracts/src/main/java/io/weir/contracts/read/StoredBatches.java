package io.weir.contracts.read;

import io.weir.contracts.batch.RecordBatch;
import java.nio.ByteBuffer;

/**
 * Committed batches of one stream, as they are kept.
 *
 * <p>Ownership: the bytes are immutable and heap memory; they stay valid for as long as they are referred to.
 */
public sealed interface StoredBatches {
    /** Offset of the first record. */
    long baseOffset();

    /** Offset after the last record. */
    long nextOffset();

    /** How many bytes go to a consumer. */
    int sizeBytes();

    /**
     * One batch as its producer sent it: {@link RecordBatch#writeAssigned} tells what to send in place of its first
     * {@link RecordBatch#ASSIGNED_BYTES} bytes.
     */
    record Raw(long baseOffset, int leaderEpoch, RecordBatch batch) implements StoredBatches {
        @Override
        public long nextOffset() {
            return baseOffset + batch.lastOffsetDelta() + 1;
        }

        @Override
        public int sizeBytes() {
            return batch.sizeBytes();
        }
    }

    /** A run of whole batches in offset order, with base offsets and leader epochs in place. */
    record Finished(long baseOffset, long nextOffset, ByteBuffer bytes) implements StoredBatches {
        @Override
        public int sizeBytes() {
            return bytes.remaining();
        }
    }
}
