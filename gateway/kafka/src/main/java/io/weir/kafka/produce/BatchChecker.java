package io.weir.kafka.produce;

import io.weir.contracts.batch.BatchCheck;
import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.metadata.TopicConfig;
import io.weir.contracts.metadata.TopicConfig.CompressionType;
import io.weir.contracts.metadata.TopicConfig.TimestampType;
import io.weir.kafka.produce.CheckedBatch.Ready;
import io.weir.kafka.produce.CheckedBatch.Refused;
import io.weir.kafka.produce.CheckedBatch.Unopened;
import io.weir.kafka.record.Decompression;
import io.weir.kafka.record.MalformedRecords;
import io.weir.kafka.record.RecordSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks produced batches as Kafka's broker does, and changes what the topic wants changed.
 *
 * <p>Threading: any thread. {@link #check} does what is cheap enough for an event loop, {@link #open} the rest.
 */
public final class BatchChecker {
    /** Kafka's default of {@code message.timestamp.after.max.ms}. */
    private static final long MAX_AHEAD_MS = 3_600_000;

    private static final int ZSTD = 4;
    private static final short ZSTD_SINCE = 7;
    private static final int WINDOW_BYTES = 32 << 10;
    private static final ThreadLocal<Workspace> WORKSPACE = ThreadLocal.withInitial(Workspace::new);

    private final int maxDecompressedBytes;
    private final Clock clock;

    /**
     * A checker.
     *
     * @param maxDecompressedBytes of one batch
     */
    public BatchChecker(int maxDecompressedBytes, Clock clock) {
        this.maxDecompressedBytes = maxDecompressedBytes;
        this.clock = clock;
    }

    /**
     * Checks the header and the CRC, and the records of a batch that is not compressed.
     *
     * @param bytes of one partition of the request; they belong to it and may be changed
     * @param schemas this batch's own check, where the topic wants one
     */
    CheckedBatch check(ByteBuffer bytes, short requestVersion, TopicConfig config, @Nullable SchemaCheck schemas) {
        Refused shape = shape(bytes);
        if (shape != null) {
            return shape;
        }
        return switch (RecordBatch.check(bytes, config.maxMessageBytes())) {
            case BatchCheck.Corrupt(String reason) -> new Refused(Errors.CORRUPT_MESSAGE, reason);
            case BatchCheck.UnsupportedVersion(byte magic) ->
                new Refused(
                        Errors.UNSUPPORTED_FOR_MESSAGE_FORMAT,
                        "Message format " + magic + " is not stored; use version 2");
            case BatchCheck.TooLarge(int size, int limit) ->
                new Refused(
                        Errors.MESSAGE_TOO_LARGE, "Batch of " + size + " bytes; at most " + limit + " are accepted");
            case BatchCheck.Valid(RecordBatch batch) -> header(batch, requestVersion, config, schemas);
        };
    }

    /** What {@link RecordBatch#check} would call corrupt, though it arrived as it was sent. */
    private static @Nullable Refused shape(ByteBuffer bytes) {
        if (bytes.remaining() < RecordBatch.HEADER_BYTES) {
            return new Refused(Errors.INVALID_RECORD, "Partition has no batch, or less than its header");
        }
        RecordBatch batch = RecordBatch.trusted(bytes);
        int declared = bytes.getInt(bytes.position() + Long.BYTES) + RecordBatch.LENGTH_PREFIX_BYTES;
        if (declared >= RecordBatch.HEADER_BYTES && declared < bytes.remaining()) {
            return new Refused(Errors.INVALID_RECORD, "Partition has more than one batch");
        }
        if (batch.recordCount() < 1 || batch.lastOffsetDelta() != batch.recordCount() - 1) {
            return new Refused(
                    BatchBytes.magic(bytes) == RecordBatch.MAGIC
                            ? Errors.INVALID_RECORD
                            : Errors.UNSUPPORTED_FOR_MESSAGE_FORMAT,
                    "Batch of " + batch.recordCount() + " records has a last offset delta of "
                            + batch.lastOffsetDelta());
        }
        return null;
    }

    private CheckedBatch header(
            RecordBatch batch, short requestVersion, TopicConfig config, @Nullable SchemaCheck schemas) {
        Refused role = role(batch);
        if (role != null) {
            return role;
        }
        int codec = batch.compressionCode();
        if (codec > ZSTD || (codec == ZSTD && requestVersion < ZSTD_SINCE)) {
            return new Refused(
                    Errors.UNSUPPORTED_COMPRESSION_TYPE,
                    "Compression type " + codec + " in version " + requestVersion + " of Produce");
        }
        if (codec != 0 || reencodes(batch, config)) {
            return new Unopened(batch);
        }
        ByteBuffer records = batch.bytes().position(RecordBatch.HEADER_BYTES);
        return inside(batch, RecordSource.of(records), config, schemas);
    }

    /** What a producer may not write, or not so. */
    private static @Nullable Refused role(RecordBatch batch) {
        if (batch.isControl()) {
            return new Refused(Errors.INVALID_RECORD, "Clients may not write control batches");
        }
        if (batch.isTransactional()) {
            return new Refused(Errors.INVALID_TXN_STATE, "Transactions are not offered");
        }
        if (batch.hasLogAppendTime()) {
            return new Refused(Errors.INVALID_TIMESTAMP, "A producer may not set the log append time");
        }
        boolean idempotent = batch.producerId() != RecordBatch.NO_PRODUCER;
        if (idempotent && (batch.producerId() < 0 || batch.producerEpoch() < 0 || batch.baseSequence() < 0)) {
            return new Refused(
                    Errors.INVALID_RECORD,
                    "Producer " + batch.producerId() + " has epoch " + batch.producerEpoch() + " and sequence "
                            + batch.baseSequence());
        }
        return null;
    }

    private static boolean reencodes(RecordBatch batch, TopicConfig config) {
        return config.compressionType() != CompressionType.PRODUCER
                && BatchBytes.codec(config.compressionType()).id != batch.compressionCode();
    }

    /**
     * Looks inside: decompresses through a small window, re-encodes if the topic wants another codec.
     *
     * @param schemas this batch's own check, where the topic wants one
     */
    CheckedBatch open(RecordBatch batch, TopicConfig config, @Nullable SchemaCheck schemas) {
        Workspace space = WORKSPACE.get();
        CheckedBatch checked;
        try (InputStream in = Decompression.of(batch, maxDecompressedBytes, space.buffers)) {
            checked = inside(batch, RecordSource.of(in, space.window, maxDecompressedBytes), config, schemas);
        } catch (MalformedRecords malformed) {
            return new Refused(Errors.INVALID_RECORD, String.valueOf(malformed.getMessage()));
        } catch (IOException | RuntimeException undecodable) {
            return new Refused(Errors.CORRUPT_MESSAGE, "Cannot decompress the batch: " + undecodable.getMessage());
        }
        if (checked instanceof Ready ready && reencodes(batch, config)) {
            return reencoded(ready, config, space);
        }
        return checked;
    }

    private static CheckedBatch reencoded(Ready ready, TopicConfig config, Workspace space) {
        ByteBuffer encoded;
        try {
            encoded = BatchBytes.reencode(ready, config, space.buffers);
        } catch (IllegalArgumentException unwritable) {
            // Kafka's writer takes less than its reader: no timestamp before 1970.
            return new Refused(Errors.INVALID_TIMESTAMP, String.valueOf(unwritable.getMessage()));
        }
        return switch (RecordBatch.check(encoded, config.maxMessageBytes())) {
            case BatchCheck.Valid(RecordBatch batch) -> new Ready(batch, ready.logAppendTimeMs());
            case BatchCheck.TooLarge(int size, int limit) ->
                new Refused(
                        Errors.MESSAGE_TOO_LARGE,
                        "Batch of " + size + " bytes, as "
                                + config.compressionType().label() + "; at most " + limit + " are accepted");
            case BatchCheck.Corrupt(String reason) -> throw new IllegalStateException("Encoded wrongly: " + reason);
            case BatchCheck.UnsupportedVersion(byte magic) ->
                throw new IllegalStateException("Encoded with magic " + magic);
        };
    }

    private CheckedBatch inside(
            RecordBatch batch, RecordSource source, TopicConfig config, @Nullable SchemaCheck schemas) {
        long largestMs;
        try {
            largestMs = RecordWalk.largestTimestamp(source, batch.recordCount(), batch.baseTimestampMs(), schemas);
        } catch (MalformedRecords malformed) {
            return new Refused(Errors.INVALID_RECORD, String.valueOf(malformed.getMessage()));
        } catch (IOException undecodable) {
            return new Refused(Errors.CORRUPT_MESSAGE, "Cannot decompress the batch: " + undecodable.getMessage());
        }
        if (schemas != null && !schemas.bad().isEmpty()) {
            return ofSchemas(schemas.bad());
        }
        long nowMs = clock.millis();
        if (config.timestampType() == TimestampType.LOG_APPEND_TIME) {
            BatchBytes.stampLogAppendTime(batch, nowMs);
            return new Ready(batch, nowMs);
        }
        if (largestMs > nowMs + MAX_AHEAD_MS) {
            return new Refused(
                    Errors.INVALID_TIMESTAMP,
                    "Timestamp " + largestMs + " is more than " + MAX_AHEAD_MS + " ms ahead of " + nowMs);
        }
        if (batch.maxTimestampMs() != largestMs) {
            BatchBytes.correctMaxTimestamp(batch, largestMs);
        }
        return new Ready(batch, -1);
    }

    private static Refused ofSchemas(List<SchemaCheck.BadRecord> bad) {
        String atLeast = bad.size() < SchemaCheck.MAX_TOLD ? "" : "at least ";
        return new Refused(
                Errors.INVALID_RECORD,
                "The schema of " + atLeast + bad.size() + " records is not accepted; record "
                        + bad.getFirst().index() + ": " + bad.getFirst().reason(),
                bad);
    }

    /** What one thread needs to look into batches, made once. */
    private static final class Workspace {
        private final byte[] window = new byte[WINDOW_BYTES];
        private final BufferSupplier buffers = BufferSupplier.create();
    }
}
