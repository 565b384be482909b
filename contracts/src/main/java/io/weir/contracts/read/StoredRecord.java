package io.weir.contracts.read;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One record as it is stored, at its offset.
 *
 * <p>Ownership: the buffers are read-only by agreement and valid until the next record is taken.
 *
 * @param timestampMs milliseconds since 1970; the log's own where {@code logAppendTime}
 */
public record StoredRecord(
        long offset,
        long timestampMs,
        boolean logAppendTime,
        @Nullable ByteBuffer key,
        @Nullable ByteBuffer value,
        List<Header> headers) {
    /** A record's header. */
    public record Header(String key, @Nullable ByteBuffer value) {}
}
