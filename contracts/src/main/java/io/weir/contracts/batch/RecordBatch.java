package io.weir.contracts.batch;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A view of one Kafka record batch, version 2 (KIP-98), over bytes that nobody changes any more.
 *
 * <p>The first sixteen bytes (base offset, length, leader epoch) lie outside the batch's CRC: they are assigned when
 * the batch is applied, and written on the way out. Everything else is as the producer sent it.
 *
 * <p>Threading: immutable, as long as the owner of the bytes keeps its promise. Ownership: the bytes are a heap
 * array's, never a pooled buffer's.
 */
public final class RecordBatch {
    /** Bytes before the first record. */
    public static final int HEADER_BYTES = 61;
    /** Bytes of base offset and length, which the length field does not count. */
    public static final int LENGTH_PREFIX_BYTES = 12;
    /** Bytes that are assigned by the log rather than by the producer: base offset, length, leader epoch. */
    public static final int ASSIGNED_BYTES = 16;
    /** The largest batch that any topic may admit: it travels alone in its log entry. */
    public static final int MAX_BYTES = 16 << 20;

    public static final byte MAGIC = 2;
    public static final long NO_PRODUCER = -1L;
    public static final int NO_SEQUENCE = -1;

    private static final int LENGTH_AT = 8;
    private static final int LEADER_EPOCH_AT = 12;
    private static final int MAGIC_AT = 16;
    private static final int CRC_AT = 17;
    private static final int ATTRIBUTES_AT = 21;
    private static final int LAST_OFFSET_DELTA_AT = 23;
    private static final int BASE_TIMESTAMP_AT = 27;
    private static final int MAX_TIMESTAMP_AT = 35;
    private static final int PRODUCER_ID_AT = 43;
    private static final int PRODUCER_EPOCH_AT = 51;
    private static final int BASE_SEQUENCE_AT = 53;
    private static final int RECORD_COUNT_AT = 57;

    private static final int COMPRESSION_MASK = 0x07;
    private static final int LOG_APPEND_TIME_BIT = 0x08;
    private static final int TRANSACTIONAL_BIT = 0x10;
    private static final int CONTROL_BIT = 0x20;

    private final ByteBuffer bytes;

    private RecordBatch(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /**
     * A view of bytes that have been checked before: from the log, or from a segment whose block checksum held.
     *
     * @param bytes exactly one batch, from position to limit
     * @throws IllegalArgumentException when they are shorter than a header
     */
    public static RecordBatch trusted(ByteBuffer bytes) {
        if (bytes.remaining() < HEADER_BYTES) {
            throw new IllegalArgumentException(
                    "Batch of " + bytes.remaining() + " bytes is shorter than its header of " + HEADER_BYTES);
        }
        return new RecordBatch(bytes.slice());
    }

    /**
     * Checks what a producer sent: exactly one batch of the right version, its length, CRC32C and counts. Records
     * inside are not looked at.
     *
     * @param bytes from position to limit; neither is moved
     * @param maxBytes the topic's {@code max.message.bytes}
     */
    public static BatchCheck check(ByteBuffer bytes, int maxBytes) {
        int size = bytes.remaining();
        if (size < HEADER_BYTES) {
            return new BatchCheck.Corrupt("Batch of " + size + " bytes is shorter than its header of " + HEADER_BYTES);
        }
        if (size > Math.min(maxBytes, MAX_BYTES)) {
            return new BatchCheck.TooLarge(size, Math.min(maxBytes, MAX_BYTES));
        }
        RecordBatch batch = new RecordBatch(bytes.slice());
        int declared = batch.bytes.getInt(LENGTH_AT);
        if (declared != size - LENGTH_PREFIX_BYTES) {
            return new BatchCheck.Corrupt("Batch declares " + declared + " bytes, but " + (size - LENGTH_PREFIX_BYTES)
                    + " follow its length");
        }
        if (batch.bytes.get(MAGIC_AT) != MAGIC) {
            return new BatchCheck.UnsupportedVersion(batch.bytes.get(MAGIC_AT));
        }
        if (batch.recordCount() < 1 || batch.lastOffsetDelta() != batch.recordCount() - 1) {
            return new BatchCheck.Corrupt("Batch of " + batch.recordCount() + " records has a last offset delta of "
                    + batch.lastOffsetDelta());
        }
        int crc = batch.computedCrc();
        if (crc != batch.crc()) {
            return new BatchCheck.Corrupt(
                    "Batch has CRC " + Integer.toHexString(batch.crc()) + ", its bytes " + Integer.toHexString(crc));
        }
        return new BatchCheck.Valid(batch);
    }

    /** The whole batch, ready to be read from position to limit; a new view each time. */
    public ByteBuffer bytes() {
        return bytes.duplicate();
    }

    public int sizeBytes() {
        return bytes.capacity();
    }

    /** As the producer sent it (usually 0): the offset that counts is the one the log assigned. */
    public long declaredBaseOffset() {
        return bytes.getLong(0);
    }

    public int declaredLeaderEpoch() {
        return bytes.getInt(LEADER_EPOCH_AT);
    }

    public int crc() {
        return bytes.getInt(CRC_AT);
    }

    /** CRC32C over everything from the attributes on. */
    public int computedCrc() {
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(ATTRIBUTES_AT, bytes.capacity() - ATTRIBUTES_AT));
        return (int) crc.getValue();
    }

    /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
    public int compressionCode() {
        return attributes() & COMPRESSION_MASK;
    }

    public boolean hasLogAppendTime() {
        return (attributes() & LOG_APPEND_TIME_BIT) != 0;
    }

    public boolean isTransactional() {
        return (attributes() & TRANSACTIONAL_BIT) != 0;
    }

    public boolean isControl() {
        return (attributes() & CONTROL_BIT) != 0;
    }

    public short attributes() {
        return bytes.getShort(ATTRIBUTES_AT);
    }

    public int lastOffsetDelta() {
        return bytes.getInt(LAST_OFFSET_DELTA_AT);
    }

    /** Milliseconds since 1970, of the first record. */
    public long baseTimestampMs() {
        return bytes.getLong(BASE_TIMESTAMP_AT);
    }

    /** Milliseconds since 1970, the largest of any record. */
    public long maxTimestampMs() {
        return bytes.getLong(MAX_TIMESTAMP_AT);
    }

    /** {@link #NO_PRODUCER} for a batch of a producer that is not idempotent. */
    public long producerId() {
        return bytes.getLong(PRODUCER_ID_AT);
    }

    public short producerEpoch() {
        return bytes.getShort(PRODUCER_EPOCH_AT);
    }

    public int baseSequence() {
        return bytes.getInt(BASE_SEQUENCE_AT);
    }

    public int recordCount() {
        return bytes.getInt(RECORD_COUNT_AT);
    }

    /**
     * Writes the bytes that the log assigns into the first {@link #ASSIGNED_BYTES} of a copy of a batch.
     *
     * @param target at its position: the copy's first byte; the position is moved past them
     * @param sizeBytes of the whole batch
     */
    public static void writeAssigned(ByteBuffer target, long baseOffset, int sizeBytes, int leaderEpoch) {
        target.putLong(baseOffset).putInt(sizeBytes - LENGTH_PREFIX_BYTES).putInt(leaderEpoch);
    }
}
