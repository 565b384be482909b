package io.weir.wal.state;

import io.weir.contracts.batch.RecordBatch;
import io.weir.wal.entry.Command;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The appended batches of one log entry: where they are for as long as they are not in segments, their bytes for as
 * long as memory allows.
 *
 * <p>Threading: positions are immutable; the bytes are let go of under the shard's lock.
 */
public final class TailEntry {
    private final long index;
    private final long term;
    private final long[] streams;
    private final long[] bases;
    private final long[] nexts;
    private final int[] incarnations;
    private final int[] sizes;
    /** Which batch of the log entry each is, since refused ones are left out. */
    private final int[] ordinals;

    private final long bytes;
    private RecordBatch @Nullable [] batches;

    private TailEntry(Builder from, boolean withBytes) {
        this.index = from.index;
        this.term = from.term;
        int count = from.count;
        this.streams = Arrays.copyOf(from.streams, count);
        this.bases = Arrays.copyOf(from.bases, count);
        this.nexts = Arrays.copyOf(from.nexts, count);
        this.incarnations = Arrays.copyOf(from.incarnations, count);
        this.sizes = Arrays.copyOf(from.sizes, count);
        this.ordinals = Arrays.copyOf(from.ordinals, count);
        this.batches = withBytes ? Arrays.copyOf(from.batches, count) : null;
        long total = 0;
        for (int size : sizes) {
            total += size;
        }
        this.bytes = total;
    }

    public long index() {
        return index;
    }

    public long term() {
        return term;
    }

    public int count() {
        return streams.length;
    }

    public long stream(int batch) {
        return streams[batch];
    }

    public long base(int batch) {
        return bases[batch];
    }

    public long next(int batch) {
        return nexts[batch];
    }

    public int incarnation(int batch) {
        return incarnations[batch];
    }

    public int size(int batch) {
        return sizes[batch];
    }

    /** Of all batches together. */
    public long bytes() {
        return bytes;
    }

    /** The batches, parallel to the positions; null when they are no longer, or never were, in memory. */
    public RecordBatch @Nullable [] batches() {
        return batches;
    }

    /** Lets go of the bytes: from now on they come from the log. */
    public void evict() {
        batches = null;
    }

    /** Whether these are the positions of that command's batches. */
    public boolean isOf(Command.Append append) {
        for (int i = 0; i < ordinals.length; i++) {
            int ordinal = ordinals[i];
            if (ordinal >= append.count()
                    || append.stream(ordinal) != streams[i]
                    || append.batch(ordinal).sizeBytes() != sizes[i]) {
                return false;
            }
        }
        return true;
    }

    /** The batches of this entry, out of the command read back from the log. */
    public RecordBatch[] select(Command.Append append) {
        RecordBatch[] selected = new RecordBatch[ordinals.length];
        for (int i = 0; i < ordinals.length; i++) {
            selected[i] = append.batch(ordinals[i]);
        }
        return selected;
    }

    /** Collects the accepted batches of an entry. */
    static final class Builder {
        private final long index;
        private final long term;
        private final long[] streams;
        private final long[] bases;
        private final long[] nexts;
        private final int[] incarnations;
        private final int[] sizes;
        private final int[] ordinals;
        private final RecordBatch[] batches;
        private int count;

        Builder(long index, long term, int capacity) {
            this.index = index;
            this.term = term;
            this.streams = new long[capacity];
            this.bases = new long[capacity];
            this.nexts = new long[capacity];
            this.incarnations = new int[capacity];
            this.sizes = new int[capacity];
            this.ordinals = new int[capacity];
            this.batches = new RecordBatch[capacity];
        }

        void add(Command.Append append, int ordinal, long base, long next) {
            RecordBatch batch = append.batch(ordinal);
            ordinals[count] = ordinal;
            batches[count] = batch;
            position(append.stream(ordinal), append.incarnation(ordinal), base, next, batch.sizeBytes());
        }

        void position(long stream, int incarnation, long base, long next, int size) {
            streams[count] = stream;
            incarnations[count] = incarnation;
            bases[count] = base;
            nexts[count] = next;
            sizes[count++] = size;
        }

        boolean isEmpty() {
            return count == 0;
        }

        TailEntry build() {
            return new TailEntry(this, true);
        }

        /** As a snapshot has it. */
        TailEntry buildWithoutBytes() {
            return new TailEntry(this, false);
        }
    }
}
