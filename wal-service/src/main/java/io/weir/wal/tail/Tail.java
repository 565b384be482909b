package io.weir.wal.tail;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.read.StoredBatches;
import io.weir.wal.state.StreamTable;
import io.weir.wal.state.TailEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Entries whose batches can be read without objects, in log order: first those that are in segments already and stay as
 * a cache while the budget allows, then those that are not. The bytes of whole entries are let go of, oldest first,
 * when there are too many; an entry that is not in a segment yet keeps its positions, and its bytes come from the log.
 *
 * <p>Threading: under the shard's lock.
 */
public final class Tail {
    /** What a batch in memory costs beside its bytes: its objects and its place in the indexes. */
    private static final int BATCH_OVERHEAD_BYTES = 200;

    private final long budgetBytes;
    private final StreamTable streams;
    /** By row of the stream table. */
    private @Nullable StreamTail[] byRow = new StreamTail[64];

    private final ArrayDeque<TailEntry> cached = new ArrayDeque<>();
    private final ArrayDeque<TailEntry> spilled = new ArrayDeque<>();
    private final ArrayDeque<TailEntry> resident = new ArrayDeque<>();
    private long bytes;

    public Tail(StreamTable streams, long budgetBytes) {
        this.streams = streams;
        this.budgetBytes = budgetBytes;
    }

    /** An entry that was just applied. */
    public void add(TailEntry entry) {
        index(entry);
        resident.addLast(entry);
        bytes += cost(entry);
        evictOver(budgetBytes);
    }

    /** An entry out of a snapshot: its bytes are in the log at best. */
    public void addWithoutBytes(TailEntry entry) {
        index(entry);
        spilled.addLast(entry);
    }

    private void index(TailEntry entry) {
        for (int i = 0; i < entry.count(); i++) {
            int row = streams.find(entry.stream(i));
            if (row == StreamTable.NONE) {
                continue;
            }
            if (row >= byRow.length) {
                byRow = Arrays.copyOf(byRow, Math.max(row + 1, byRow.length * 2));
            }
            StreamTail tail = byRow[row];
            if (tail == null) {
                tail = new StreamTail();
                byRow[row] = tail;
            }
            tail.add(entry, i);
        }
    }

    /** The entry, the oldest that was not, is in a segment now. */
    public void flushed(TailEntry entry) {
        if (entry == spilled.peekFirst()) {
            spilled.removeFirst();
            unindex(entry);
        } else if (entry == resident.peekFirst()) {
            resident.removeFirst();
            cached.addLast(entry);
        } else {
            throw new IllegalStateException("Entry " + entry.index() + " was flushed out of turn");
        }
    }

    /** Forgets what is only kept as a cache. */
    public void dropCached() {
        while (!cached.isEmpty()) {
            evictCached();
        }
    }

    /** The stream is deleted; its row is about to be used for another. */
    public void forget(int row) {
        if (row < byRow.length) {
            byRow[row] = null;
        }
    }

    private void evictOver(long budget) {
        while (bytes > budget) {
            if (!cached.isEmpty()) {
                evictCached();
            } else if (resident.size() > 1) {
                TailEntry oldest = resident.removeFirst();
                oldest.evict();
                bytes -= cost(oldest);
                spilled.addLast(oldest);
            } else {
                return;
            }
        }
    }

    private void evictCached() {
        TailEntry oldest = cached.removeFirst();
        oldest.evict();
        bytes -= cost(oldest);
        unindex(oldest);
    }

    private void unindex(TailEntry entry) {
        for (int i = 0; i < entry.count(); i++) {
            int row = streams.find(entry.stream(i));
            StreamTail tail = row == StreamTable.NONE || row >= byRow.length ? null : byRow[row];
            if (tail != null) {
                tail.removeHead(entry);
                if (tail.isEmpty()) {
                    byRow[row] = null;
                }
            }
        }
    }

    private static long cost(TailEntry entry) {
        return entry.bytes() + (long) entry.count() * BATCH_OVERHEAD_BYTES;
    }

    /** Bytes that the entries in memory take, about. */
    public long bytes() {
        return bytes;
    }

    /** Whether the offset, which must be below the stream's end, is in the tail. */
    public boolean contains(int row, long offset) {
        StreamTail tail = row < byRow.length ? byRow[row] : null;
        return tail != null && tail.firstOffset() <= offset;
    }

    /**
     * The batches from the one that contains the offset on: either all in memory, or all spilled.
     *
     * @param offset for which {@link #contains} holds
     */
    public Slice slice(int row, long offset, int maxBytes) {
        StreamTail tail = byRow[row];
        if (tail == null) {
            throw new IllegalStateException("Offset " + offset + " is not in the tail");
        }
        int first = tail.find(offset);
        boolean inMemory = tail.entry(first).batches() != null;
        return inMemory ? inMemory(tail, first, maxBytes) : spilled(tail, first, maxBytes);
    }

    private static Slice inMemory(StreamTail tail, int first, int maxBytes) {
        List<StoredBatches> batches = new ArrayList<>();
        long total = 0;
        for (int at = first; at < tail.size(); at++) {
            TailEntry entry = tail.entry(at);
            int number = tail.batch(at);
            RecordBatch[] bytes = entry.batches();
            total += entry.size(number);
            if (bytes == null || (total > maxBytes && at > first)) {
                break;
            }
            batches.add(new StoredBatches.Raw(entry.base(number), entry.incarnation(number), bytes[number]));
        }
        return new Slice.InMemory(batches);
    }

    private static Slice spilled(StreamTail tail, int first, int maxBytes) {
        List<SpilledBatch> batches = new ArrayList<>();
        long total = 0;
        for (int at = first; at < tail.size(); at++) {
            TailEntry entry = tail.entry(at);
            int number = tail.batch(at);
            total += entry.size(number);
            if (entry.batches() != null || (total > maxBytes && at > first)) {
                break;
            }
            batches.add(new SpilledBatch(entry, number));
        }
        return new Slice.Spilled(batches);
    }

    /** What a read finds. */
    public sealed interface Slice {
        /** Ready to be served. */
        record InMemory(List<StoredBatches> batches) implements Slice {}

        /** To be read back from the log. */
        record Spilled(List<SpilledBatch> batches) implements Slice {}
    }

    /**
     * A batch whose bytes are in the log only.
     *
     * @param number of the batch within the entry
     */
    public record SpilledBatch(TailEntry entry, int number) {}
}
