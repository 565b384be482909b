package io.weir.kafka.produce;

import io.weir.kafka.record.MalformedRecords;
import io.weir.kafka.record.RecordSource;
import java.io.IOException;

/** Goes over a batch's records (KIP-98) without making objects of them, and checks everything that can be checked. */
final class RecordWalk {
    private final RecordSource source;

    private RecordWalk(RecordSource source) {
        this.source = source;
    }

    /**
     * Walks all records, and expects nothing behind them.
     *
     * @return the largest timestamp
     * @throws MalformedRecords when they are not what the batch's header says
     */
    static long largestTimestamp(RecordSource source, int count, long baseTimestampMs) throws IOException {
        RecordWalk walk = new RecordWalk(source);
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
        bytes(true, end);
        bytes(true, end);
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

    private void bytes(boolean nullable, long recordEnd) throws IOException {
        int size = source.varint();
        if (size < (nullable ? -1 : 0) || source.consumed() + Math.max(size, 0) > recordEnd) {
            throw new MalformedRecords("A field of " + size + " bytes does not fit into its record");
        }
        if (size > 0) {
            source.skip(size);
        }
    }
}
