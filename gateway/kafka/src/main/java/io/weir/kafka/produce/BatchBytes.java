package io.weir.kafka.produce;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.metadata.TopicConfig;
import io.weir.contracts.metadata.TopicConfig.TimestampType;
import java.nio.ByteBuffer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.CloseableIterator;

/** Changes to the bytes of a batch that is not stored yet, each followed by a new CRC. */
final class BatchBytes {
    private static final int MAGIC_AT = 16;
    private static final int CRC_AT = 17;
    private static final int ATTRIBUTES_AT = 21;
    private static final int MAX_TIMESTAMP_AT = 35;
    private static final short LOG_APPEND_TIME_BIT = 0x08;

    private BatchBytes() {}

    static byte magic(ByteBuffer bytes) {
        return bytes.get(bytes.position() + MAGIC_AT);
    }

    static void stampLogAppendTime(RecordBatch batch, long nowMs) {
        ByteBuffer bytes = batch.bytes();
        bytes.putShort(ATTRIBUTES_AT, (short) (batch.attributes() | LOG_APPEND_TIME_BIT));
        bytes.putLong(MAX_TIMESTAMP_AT, nowMs);
        bytes.putInt(CRC_AT, batch.computedCrc());
    }

    static void correctMaxTimestamp(RecordBatch batch, long largestMs) {
        ByteBuffer bytes = batch.bytes();
        bytes.putLong(MAX_TIMESTAMP_AT, largestMs);
        bytes.putInt(CRC_AT, batch.computedCrc());
    }

    static CompressionType codec(TopicConfig.CompressionType type) {
        return switch (type) {
            case PRODUCER -> throw new IllegalArgumentException("The producer decides");
            case UNCOMPRESSED -> CompressionType.NONE;
            case GZIP -> CompressionType.GZIP;
            case SNAPPY -> CompressionType.SNAPPY;
            case LZ4 -> CompressionType.LZ4;
            case ZSTD -> CompressionType.ZSTD;
        };
    }

    /** The same records under the topic's codec. Their lengths have been checked: the decoder believes them. */
    static ByteBuffer reencode(CheckedBatch.Ready ready, TopicConfig config, BufferSupplier buffers) {
        RecordBatch batch = ready.batch();
        var timestamps = config.timestampType() == TimestampType.LOG_APPEND_TIME
                ? org.apache.kafka.common.record.TimestampType.LOG_APPEND_TIME
                : org.apache.kafka.common.record.TimestampType.CREATE_TIME;
        MemoryRecordsBuilder builder = MemoryRecords.builder(
                ByteBuffer.allocate(batch.sizeBytes()),
                RecordBatch.MAGIC,
                Compression.of(codec(config.compressionType())).build(),
                timestamps,
                0L,
                ready.logAppendTimeMs(),
                batch.producerId(),
                batch.producerEpoch(),
                batch.baseSequence(),
                false,
                -1);
        for (MutableRecordBatch decoded :
                MemoryRecords.readableRecords(batch.bytes()).batches()) {
            try (CloseableIterator<Record> records = decoded.streamingIterator(buffers)) {
                while (records.hasNext()) {
                    builder.append(records.next());
                }
            }
        }
        return builder.build().buffer();
    }
}
