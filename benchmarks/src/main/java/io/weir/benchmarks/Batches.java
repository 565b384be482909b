package io.weir.benchmarks;

import io.weir.contracts.batch.RecordBatch;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.zip.CRC32C;

/** Batches as a producer would send them: a valid header and checksum over random bytes. */
final class Batches {
    private static final int ATTRIBUTES_AT = 21;

    private Batches() {}

    /** A batch without a producer id, of {@code sizeBytes} in all, that counts {@code records}. */
    static ByteBuffer bytes(int sizeBytes, int records) {
        byte[] content = new byte[sizeBytes];
        new Random(1).nextBytes(content);
        ByteBuffer bytes = ByteBuffer.wrap(content);
        bytes.putLong(0, 0);
        bytes.putInt(8, sizeBytes - RecordBatch.LENGTH_PREFIX_BYTES);
        bytes.put(16, RecordBatch.MAGIC);
        bytes.putShort(ATTRIBUTES_AT, (short) 0);
        bytes.putInt(23, records - 1);
        bytes.putLong(27, 1_000);
        bytes.putLong(35, 1_000);
        bytes.putLong(43, RecordBatch.NO_PRODUCER);
        bytes.putShort(51, (short) -1);
        bytes.putInt(53, RecordBatch.NO_SEQUENCE);
        bytes.putInt(57, records);
        CRC32C crc = new CRC32C();
        crc.update(content, ATTRIBUTES_AT, sizeBytes - ATTRIBUTES_AT);
        bytes.putInt(17, (int) crc.getValue());
        return bytes;
    }

    static RecordBatch batch(int sizeBytes, int records) {
        return RecordBatch.trusted(bytes(sizeBytes, records));
    }
}
