package io.weir.wal.tail;

import io.weir.wal.state.TailEntry;
import java.util.Arrays;

/** The batches of one stream that are in the tail, in offset order: a ring of (entry, number of the batch in it). */
final class StreamTail {
    private TailEntry[] entries = new TailEntry[2];
    private int[] batches = new int[2];
    private int head;
    private int size;

    void add(TailEntry entry, int batch) {
        if (size == entries.length) {
            grow();
        }
        int at = (head + size) & (entries.length - 1);
        entries[at] = entry;
        batches[at] = batch;
        size++;
    }

    /** Takes the oldest batches out that belong to the entry. */
    void removeHead(TailEntry entry) {
        while (size > 0 && entries[head] == entry) {
            head = (head + 1) & (entries.length - 1);
            size--;
        }
    }

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    long firstOffset() {
        return base(0);
    }

    /** The batch that contains the offset, which must not be below the first. */
    int find(long offset) {
        int low = 0;
        int high = size - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (base(middle) <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    TailEntry entry(int position) {
        return entries[(head + position) & (entries.length - 1)];
    }

    int batch(int position) {
        return batches[(head + position) & (entries.length - 1)];
    }

    private long base(int position) {
        return entry(position).base(batch(position));
    }

    private void grow() {
        TailEntry[] moreEntries = new TailEntry[entries.length * 2];
        int[] moreBatches = new int[entries.length * 2];
        int untilEnd = entries.length - head;
        System.arraycopy(entries, head, moreEntries, 0, untilEnd);
        System.arraycopy(entries, 0, moreEntries, untilEnd, head);
        System.arraycopy(batches, head, moreBatches, 0, untilEnd);
        System.arraycopy(batches, 0, moreBatches, untilEnd, head);
        entries = moreEntries;
        batches = moreBatches;
        head = 0;
    }

    @Override
    public String toString() {
        return "StreamTail" + Arrays.asList(size, entries.length);
    }
}
