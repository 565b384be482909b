package io.weir.lakehouse.feed;

import io.weir.contracts.read.StoredRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.data.Record;
import org.jspecify.annotations.Nullable;

/** Records that have no place in the table, kept until the commit. */
final class DeadLetters {
    /** The commit is full when they take more. */
    static final long MOST_BYTES = 4L << 20;

    private static final int ROW_BYTES = 256;

    private final List<Record> rows = new ArrayList<>();
    private long bytes;

    void add(int partition, StoredRecord record, String reason) {
        rows.add(DeadLetterColumns.row(partition, record, reason));
        bytes += ROW_BYTES + reason.length() + size(record.key()) + size(record.value());
        for (StoredRecord.Header header : record.headers()) {
            bytes += header.key().length() + size(header.value());
        }
    }

    private static int size(@Nullable ByteBuffer buffer) {
        return buffer == null ? 0 : buffer.remaining();
    }

    boolean full() {
        return bytes >= MOST_BYTES;
    }

    List<Record> rows() {
        return rows;
    }
}
