package io.weir.wal;

import io.weir.contracts.batch.RecordBatch;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Makes record batches whose headers are right and whose records are filler. */
public final class Batches {
    private Batches() {}

    /** A batch of a producer that is not idempotent. */
    public static RecordBatch plain(int records, int fillerBytes, long mark) {
        return batch(RecordBatch.NO_PRODUCER, (short) -1, RecordBatch.NO_SEQUENCE, records, fillerBytes, mark);
    }

    /** @param mark the first bytes of the filler, so that a test knows the batch again */
    public static RecordBatch batch(long producer, short epoch, int sequence, int records, int fillerBytes, long mark) {
        ByteBuffer bytes = ByteBuffer.allocate(RecordBatch.HEADER_BYTES + Math.max(Long.BYTES, fillerBytes));
        bytes.putLong(0)
                .putInt(bytes.capacity() - RecordBatch.LENGTH_PREFIX_BYTES)
                .putInt(-1)
                .put(RecordBatch.MAGIC)
                .putInt(0)
                .putShort((short) 0)
                .putInt(records - 1)
                .putLong(1_000)
                .putLong(1_000 + records)
                .putLong(producer)
                .putShort(epoch)
                .putInt(sequence)
                .putInt(records)
                .putLong(mark);
        return finish(bytes);
    }

    /** The same batch with other attributes. */
    public static RecordBatch withAttributes(RecordBatch batch, int attributes) {
        ByteBuffer bytes = ByteBuffer.allocate(batch.sizeBytes()).put(batch.bytes());
        bytes.putShort(21, (short) attributes);
        return finish(bytes);
    }

    private static RecordBatch finish(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(21, bytes.capacity() - 21));
        bytes.putInt(17, (int) crc.getValue());
        return RecordBatch.trusted(bytes.clear());
    }

    public static long mark(RecordBatch batch) {
        return batch.bytes().getLong(RecordBatch.HEADER_BYTES);
    }
}
