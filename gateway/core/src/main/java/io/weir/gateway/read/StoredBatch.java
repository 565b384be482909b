package io.weir.gateway.read;

import io.weir.contracts.batch.RecordBatch;

/** One committed batch and where it is. */
public record StoredBatch(long baseOffset, int leaderEpoch, RecordBatch batch) {
    /** Offset after the last record. */
    public long nextOffset() {
        return baseOffset + batch.lastOffsetDelta() + 1;
    }
}
