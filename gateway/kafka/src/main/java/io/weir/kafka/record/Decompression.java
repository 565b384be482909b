package io.weir.kafka.record;

import io.weir.contracts.batch.RecordBatch;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.utils.internals.BufferSupplier;

/** Opens what a batch's codec has packed. */
public final class Decompression {
    private Decompression() {}

    /**
     * The batch's records as their codec gives them out, a little at a time.
     *
     * @param limitBytes snappy, which sets memory aside for what a block claims, is refused beyond it
     * @param buffers for the codec's own; a thread's own
     * @throws MalformedRecords for snappy blocks that claim more
     */
    public static InputStream of(RecordBatch batch, int limitBytes, BufferSupplier buffers) {
        ByteBuffer records = RecordSource.inArray(
                batch.bytes().position(RecordBatch.HEADER_BYTES).slice());
        CompressionType codec = CompressionType.forId(batch.compressionCode());
        if (codec == CompressionType.SNAPPY) {
            SnappyBlocks.check(records, limitBytes);
        }
        return Compression.of(codec).build().wrapForInput(records, RecordBatch.MAGIC, buffers);
    }
}
