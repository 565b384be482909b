package io.weir.kafka.produce;

import io.weir.kafka.record.MalformedRecords;
import io.weir.kafka.record.RecordSource;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Goes over a batch's records (KIP-98) without making objects of them, and checks everything that can be checked. */
final class RecordWalk {
    private final RecordSource source;
    private final @Nullable SchemaCheck schemas;

    private RecordWalk(RecordSource source, @Nullable SchemaCheck schemas) {
        this.source = source;
        this.schemas = schemas;
    }

    /**
     * Walks all records, and expects nothing behind them.
     *
     * @param schemas is shown what keys and values begin with, where the topic wants that
     * @return the largest timestamp
     * @throws MalformedRecords when they are not what the batch's header says
     */
    static long largestTimestamp(RecordSource source, int count, long baseTimestampMs, @Nullable SchemaCheck schemas)
            throws IOException {
        RecordWalk walk = new RecordWalk(source, schemas);
        long largest = Long.MIN_VALUE;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, baseTimestampMs + walk.record(i));
        }
        if (!source.atEnd()) {
            throw new MalformedRecords("Batch of " + count + " records has bytes behind the last one");
        }
        return largest;
    }

    private long record(int index) throws IOException {
        int size = source.varint();
        if (size < 0) {
            throw new MalformedRecords("Record " + index + " has a length of " + size);
        }
        long end = source.consumed() + size;
        source.next();
        long timestampDelta = source.varlong();
        int offsetDelta = source.varint();
        if (offsetDelta != index) {
            throw new MalformedRecords("Record " + index + " has an offset delta of " + offsetDelta);
        }
        if (schemas == null) {
            bytes(true, end);
            bytes(true, end);
        } else {
            part(index, end, schemas, schemas.keys());
            part(index, end, schemas, schemas.values());
        }
        int headers = source.varint();
        if (headers < 0) {
            throw new MalformedRecords("Record " + index + " has " + headers + " headers");
        }
        for (int i = 0; i < headers; i++) {
            bytes(false, end);
            bytes(true, end);
        }
        if (source.consumed() != end) {
            throw new MalformedRecords("Record " + index + " of " + size + " bytes ends " + (source.consumed() - end)
                    + " bytes off its length");
        }
        return timestampDelta;
    }

    /** A key or a value, whose first bytes are looked at when they are wanted. A null has no schema. */
    private void part(int index, long recordEnd, SchemaCheck check, SchemaCheck.@Nullable Part part)
            throws IOException {
        int size = size(true, recordEnd);
        if (part == null || size < 0) {
            source.skip(Math.max(size, 0));
        } else if (size < SchemaCheck.PREFIX_BYTES) {
            check.note(index, part.tooShort(size));
            source.skip(size);
        } else {
            byte magic = source.next();
            int id = 0;
            for (int i = 0; i < Integer.BYTES; i++) {
                id = (id << Byte.SIZE) | (source.next() & 0xff);
            }
            check.note(index, part.problem(magic, id));
            source.skip(size - SchemaCheck.PREFIX_BYTES);
        }
    }

    private void bytes(boolean nullable, long recordEnd) throws IOException {
        int size = size(nullable, recordEnd);
        if (size > 0) {
            source.skip(size);
        }
    }

    private int size(boolean nullable, long recordEnd) throws IOException {
        int size = source.varint();
        if (size < (nullable ? -1 : 0) || source.consumed() + Math.max(size, 0) > recordEnd) {
            throw new MalformedRecords("A field of " + size + " bytes does not fit into its record");
        }
        return size;
    }
}
