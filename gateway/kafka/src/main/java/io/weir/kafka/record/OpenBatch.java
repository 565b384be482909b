package io.weir.kafka.record;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.read.StoredRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The records of one batch (KIP-98), read one by one. Offsets ascend, but need not be dense. */
final class OpenBatch implements AutoCloseable {
    private final RecordIteration.Placed placed;
    private final RecordIteration.Source source;
    private final RecordSource.Scratch scratch;
    private int index;
    private int lastDelta = -1;

    OpenBatch(RecordIteration.Placed placed, RecordIteration.Source source, RecordSource.Scratch scratch) {
        this.placed = placed;
        this.source = source;
        this.scratch = scratch;
    }

    boolean hasNext() throws IOException {
        if (index < placed.batch().recordCount()) {
            return true;
        }
        if (!source.records().atEnd()) {
            throw new MalformedRecords("Batch of " + index + " records has bytes behind the last one");
        }
        return false;
    }

    StoredRecord next() throws IOException {
        int size = source.records().varint();
        if (size < 0) {
            throw new MalformedRecords("Record " + index + " has a length of " + size);
        }
        ByteBuffer bytes = source.records().take(size, scratch);
        RecordSource record = RecordSource.of(bytes);
        RecordBatch batch = placed.batch();
        record.next();
        long timestampDelta = record.varlong();
        int offsetDelta = record.varint();
        if (offsetDelta <= lastDelta || offsetDelta > batch.lastOffsetDelta()) {
            throw new MalformedRecords("Record " + index + " has an offset delta of " + offsetDelta + " behind "
                    + lastDelta + "; the last is " + batch.lastOffsetDelta());
        }
        ByteBuffer key = field(record);
        ByteBuffer value = field(record);
        List<StoredRecord.Header> headers = headers(record);
        if (!record.atEnd()) {
            throw new MalformedRecords("Record " + index + " has bytes behind its headers");
        }
        lastDelta = offsetDelta;
        index++;
        boolean logAppendTime = batch.hasLogAppendTime();
        long timestampMs = logAppendTime ? batch.maxTimestampMs() : batch.baseTimestampMs() + timestampDelta;
        return new StoredRecord(placed.baseOffset() + offsetDelta, timestampMs, logAppendTime, key, value, headers);
    }

    private List<StoredRecord.Header> headers(RecordSource record) throws IOException {
        int count = record.varint();
        if (count < 0) {
            throw new MalformedRecords("Record " + index + " has " + count + " headers");
        }
        if (count == 0) {
            return List.of();
        }
        List<StoredRecord.Header> headers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ByteBuffer key = field(record);
            if (key == null) {
                throw new MalformedRecords("Record " + index + " has a header without a key");
            }
            headers.add(
                    new StoredRecord.Header(StandardCharsets.UTF_8.decode(key).toString(), field(record)));
        }
        return headers;
    }

    private @Nullable ByteBuffer field(RecordSource record) throws IOException {
        int size = record.varint();
        if (size < -1) {
            throw new MalformedRecords("Record " + index + " has a field of " + size + " bytes");
        }
        return size < 0 ? null : record.take(size, scratch);
    }

    @Override
    public void close() throws IOException {
        source.closed().close();
    }
}
