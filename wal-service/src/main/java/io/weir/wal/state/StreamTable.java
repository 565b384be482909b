package io.weir.wal.state;

import java.util.Arrays;

/**
 * The streams that have been written to, or trimmed: 40 bytes and a hash slot each. A stream that is open and was never
 * written to is not here.
 *
 * <p>Threading: one writer, readers under the shard's lock.
 */
public final class StreamTable {
    /** No such stream. */
    public static final int NONE = RowPages.NONE;

    static final int WORDS = 5;
    static final int ID = 0;
    static final int LOG_START = 1;
    static final int NEXT = 2;
    static final int FLUSHED_NEXT = 3;
    /** Row of the producer that wrote last (high half), how many there are (low half). */
    static final int PRODUCERS = 4;

    private static final int MIN_CAPACITY = 64;

    private final RowPages rows = new RowPages(WORDS);
    /** Open addressing with linear probing; row + 1, 0 when empty. */
    private int[] buckets = new int[MIN_CAPACITY];

    StreamTable() {}

    /** The stream's row, or {@link #NONE}. */
    public int find(long stream) {
        int mask = buckets.length - 1;
        for (int i = hash(stream) & mask; buckets[i] != 0; i = (i + 1) & mask) {
            int row = buckets[i] - 1;
            if (rows.at(row, ID) == stream) {
                return row;
            }
        }
        return NONE;
    }

    int findOrAdd(long stream) {
        int found = find(stream);
        if (found != NONE) {
            return found;
        }
        if ((rows.used() + 1) * 4L > buckets.length * 3L) {
            rehash(buckets.length * 2);
        }
        int row = rows.allocate();
        rows.set(row, ID, stream);
        rows.set(row, PRODUCERS, (long) RowPages.NONE << 32);
        insert(row, stream);
        return row;
    }

    void remove(int row) {
        int mask = buckets.length - 1;
        int hole = hash(rows.at(row, ID)) & mask;
        while (buckets[hole] != row + 1) {
            hole = (hole + 1) & mask;
        }
        for (int i = (hole + 1) & mask; buckets[i] != 0; i = (i + 1) & mask) {
            int home = hash(rows.at(buckets[i] - 1, ID)) & mask;
            if (((i - home) & mask) >= ((i - hole) & mask)) {
                buckets[hole] = buckets[i];
                hole = i;
            }
        }
        buckets[hole] = 0;
        rows.free(row);
    }

    public long id(int row) {
        return rows.at(row, ID);
    }

    public long logStart(int row) {
        return rows.at(row, LOG_START);
    }

    public long next(int row) {
        return rows.at(row, NEXT);
    }

    public long flushedNext(int row) {
        return rows.at(row, FLUSHED_NEXT);
    }

    /** How many streams have been written to. */
    public int size() {
        return rows.used();
    }

    /** Every row's number is below. */
    public int limit() {
        return rows.limit();
    }

    public boolean inUse(int row) {
        return rows.inUse(row);
    }

    void logStart(int row, long offset) {
        rows.set(row, LOG_START, offset);
    }

    void next(int row, long offset) {
        rows.set(row, NEXT, offset);
    }

    void flushedNext(int row, long offset) {
        rows.set(row, FLUSHED_NEXT, offset);
    }

    int firstProducer(int row) {
        return (int) (rows.at(row, PRODUCERS) >> 32);
    }

    int producerCount(int row) {
        return (int) rows.at(row, PRODUCERS);
    }

    void producers(int row, int first, int count) {
        rows.set(row, PRODUCERS, ((long) first << 32) | count);
    }

    RowPages.View freeze() {
        return rows.freeze();
    }

    private void rehash(int capacity) {
        buckets = new int[capacity];
        for (int row = 0; row < rows.limit(); row++) {
            if (rows.inUse(row)) {
                insert(row, rows.at(row, ID));
            }
        }
    }

    private void insert(int row, long stream) {
        int mask = buckets.length - 1;
        int i = hash(stream) & mask;
        while (buckets[i] != 0) {
            i = (i + 1) & mask;
        }
        buckets[i] = row + 1;
    }

    private static int hash(long stream) {
        long mixed = stream * 0x9E3779B97F4A7C15L;
        return (int) (mixed >>> 32);
    }

    @Override
    public String toString() {
        return "StreamTable" + Arrays.asList(rows.used(), rows.limit());
    }
}
