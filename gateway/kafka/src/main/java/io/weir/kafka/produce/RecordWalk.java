package io.weir.kafka.produce;

import java.io.IOException;

/** Goes over a batch's records (KIP-98) without making objects of them, and checks everything that can be checked. */
final class RecordWalk {
    private static final int MAX_VARINT_BYTES = 5;
    private static final int MAX_VARLONG_BYTES = 10;

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
        int size = varint();
        if (size < 0) {
            throw new MalformedRecords("Record " + index + " has a length of " + size);
        }
        long end = source.consumed() + size;
        source.next();
        long timestampDelta = varlong();
        int offsetDelta = varint();
        if (offsetDelta != index) {
            throw new MalformedRecords("Record " + index + " has an offset delta of " + offsetDelta);
        }
        bytes(true, end);
        bytes(true, end);
        int headers = varint();
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
        int size = varint();
        if (size < (nullable ? -1 : 0) || source.consumed() + Math.max(size, 0) > recordEnd) {
            throw new MalformedRecords("A field of " + size + " bytes does not fit into its record");
        }
        if (size > 0) {
            source.skip(size);
        }
    }

    private int varint() throws IOException {
        int raw = 0;
        for (int i = 0; i < MAX_VARINT_BYTES; i++) {
            byte next = source.next();
            raw |= (next & 0x7f) << (7 * i);
            if (next >= 0) {
                return (raw >>> 1) ^ -(raw & 1);
            }
        }
        throw new MalformedRecords("A number is longer than " + MAX_VARINT_BYTES + " bytes");
    }

    private long varlong() throws IOException {
        long raw = 0;
        for (int i = 0; i < MAX_VARLONG_BYTES; i++) {
            byte next = source.next();
            raw |= (next & 0x7fL) << (7 * i);
            if (next >= 0) {
                return (raw >>> 1) ^ -(raw & 1);
            }
        }
        throw new MalformedRecords("A number is longer than " + MAX_VARLONG_BYTES + " bytes");
    }

    /** The records are not what the batch says they are. */
    static final class MalformedRecords extends RuntimeException {
        private static final long serialVersionUID = 1L;

        MalformedRecords(String message) {
            super(message, null, false, false);
        }
    }
}
