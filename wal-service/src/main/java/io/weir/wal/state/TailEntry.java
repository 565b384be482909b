package io.weir.wal.state;

import io.weir.contracts.batch.RecordBatch;
import io.weir.wal.entry.Command;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The appended batches of one log entry: where they are for as long as they are not in segments, their bytes for as
 * long as memory allows.
 *
 * <p>The positions lie in one array: an entry of a single small batch is common, and while the object store is away
 * there may be millions.
 *
 * <p>Threading: positions are immutable; the bytes are let go of under the shard's lock.
 */
public final class TailEntry {
    /** Memory of an entry without its bytes, its places in the lists of entries included. */
    private static final long ENTRY_BYTES = 96;
    /** Memory of a batch's position, its place in the index of its stream included, though it be the only one there. */
    private static final long BATCH_BYTES = 128;

    private static final int STREAM = 0;
    private static final int BASE = 1;
    /** Number of offsets above, which batch of the log entry it is below: refused ones are left out. */
    private static final int SPAN_AND_ORDINAL = 2;
    /** Incarnation above, bytes below. */
    private static final int INCARNATION_AND_SIZE = 3;

    private static final int WORDS = 4;
    private static final long LOW_HALF = 0xFFFF_FFFFL;

    private final long index;
    private final long term;
    private final long bytes;
    private final long[] positions;
    private RecordBatch @Nullable [] batches;

    private TailEntry(Builder from, RecordBatch @Nullable [] batches) {
        this.index = from.index;
        this.term = from.term;
        this.bytes = from.bytes;
        this.positions = Arrays.copyOf(from.positions, from.count * WORDS);
        this.batches = batches;
    }

    /** Memory that so many entries and all their batches take at most, about, while their bytes are in the log only. */
    public static long positionBytes(long entries, long batches) {
        return entries * ENTRY_BYTES + batches * BATCH_BYTES;
    }

    public long index() {
        return index;
    }

    public long term() {
        return term;
    }

    public int count() {
        return positions.length / WORDS;
    }

    public long stream(int batch) {
        return word(batch, STREAM);
    }

    public long base(int batch) {
        return word(batch, BASE);
    }

    public long next(int batch) {
        return base(batch) + (word(batch, SPAN_AND_ORDINAL) >>> Integer.SIZE);
    }

    public int incarnation(int batch) {
        return (int) (word(batch, INCARNATION_AND_SIZE) >>> Integer.SIZE);
    }

    public int size(int batch) {
        return (int) word(batch, INCARNATION_AND_SIZE);
    }

    private int ordinal(int batch) {
        return (int) word(batch, SPAN_AND_ORDINAL);
    }

    private long word(int batch, int word) {
        return positions[batch * WORDS + word];
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
        for (int i = 0; i < count(); i++) {
            int ordinal = ordinal(i);
            if (ordinal >= append.count()
                    || append.stream(ordinal) != stream(i)
                    || append.batch(ordinal).sizeBytes() != size(i)) {
                return false;
            }
        }
        return true;
    }

    /** The batches of this entry, out of the command read back from the log. */
    public RecordBatch[] select(Command.Append append) {
        RecordBatch[] selected = new RecordBatch[count()];
        for (int i = 0; i < selected.length; i++) {
            selected[i] = append.batch(ordinal(i));
        }
        return selected;
    }

    /** Collects the accepted batches of an entry. */
    static final class Builder {
        /** More than this is allocated as it comes: the announced count of a damaged snapshot may be anything. */
        private static final int MOST_AT_ONCE = 8192;

        private final long index;
        private final long term;
        private long[] positions;
        private RecordBatch[] batches;
        private long bytes;
        private int count;

        Builder(long index, long term, int capacity) {
            this.index = index;
            this.term = term;
            int atOnce = Math.min(capacity, MOST_AT_ONCE);
            this.positions = new long[atOnce * WORDS];
            this.batches = new RecordBatch[atOnce];
        }

        void add(Command.Append append, int ordinal, long base, long next) {
            RecordBatch batch = append.batch(ordinal);
            if (count == batches.length) {
                batches = Arrays.copyOf(batches, 2 * count + 1);
            }
            batches[count] = batch;
            position(append.stream(ordinal), append.incarnation(ordinal), base, next, batch.sizeBytes(), ordinal);
        }

        /** As a snapshot has it, which does not tell which batch of the log entry it is. */
        void position(long stream, int incarnation, long base, long next, int size) {
            position(stream, incarnation, base, next, size, 0);
        }

        private void position(long stream, int incarnation, long base, long next, int size, int ordinal) {
            long span = next - base;
            if (span < 0 || span > LOW_HALF) {
                throw new IllegalArgumentException("A batch cannot reach from " + base + " to " + next);
            }
            int at = count * WORDS;
            if (at == positions.length) {
                positions = Arrays.copyOf(positions, 2 * at + WORDS);
            }
            positions[at + STREAM] = stream;
            positions[at + BASE] = base;
            positions[at + SPAN_AND_ORDINAL] = (span << Integer.SIZE) | ordinal;
            positions[at + INCARNATION_AND_SIZE] = ((long) incarnation << Integer.SIZE) | (size & LOW_HALF);
            bytes += size;
            count++;
        }

        boolean isEmpty() {
            return count == 0;
        }

        TailEntry build() {
            return new TailEntry(this, Arrays.copyOf(batches, count));
        }

        /** As a snapshot has it. */
        TailEntry buildWithoutBytes() {
            return new TailEntry(this, null);
        }
    }
}
