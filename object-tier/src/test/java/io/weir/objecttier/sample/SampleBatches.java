package io.weir.objecttier.sample;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.read.StoredBatches;
import java.nio.ByteBuffer;
import java.util.Random;

/** Batches that are well formed as far as the object tier looks: headers, lengths, counts, and random bodies. */
public final class SampleBatches {
    public static final int LEADER_EPOCH = 7;

    private SampleBatches() {}

    /**
     * A batch.
     *
     * @param records how many offsets it takes
     * @param sizeBytes of the whole batch, at least its header
     */
    public static StoredBatches.Raw raw(long baseOffset, int records, int sizeBytes, long maxTimestampMs) {
        byte[] bytes = new byte[sizeBytes];
        new Random(baseOffset * 31 + sizeBytes).nextBytes(bytes);
        ByteBuffer batch = ByteBuffer.wrap(bytes);
        batch.putLong(0, 0)
                .putInt(8, sizeBytes - RecordBatch.LENGTH_PREFIX_BYTES)
                .putInt(12, -1);
        batch.put(16, RecordBatch.MAGIC).putShort(21, (short) 0).putInt(23, records - 1);
        batch.putLong(27, maxTimestampMs).putLong(35, maxTimestampMs).putLong(43, -1);
        batch.putInt(57, records);
        return new StoredBatches.Raw(baseOffset, LEADER_EPOCH, RecordBatch.trusted(batch));
    }

    /** What a consumer is to receive of a batch. */
    public static byte[] finished(StoredBatches.Raw raw) {
        byte[] bytes = new byte[raw.sizeBytes()];
        raw.batch().bytes().get(bytes);
        RecordBatch.writeAssigned(ByteBuffer.wrap(bytes), raw.baseOffset(), bytes.length, raw.leaderEpoch());
        return bytes;
    }
}
