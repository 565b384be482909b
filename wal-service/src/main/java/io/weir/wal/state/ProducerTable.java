package io.weir.wal.state;

import io.weir.contracts.append.AppendResult;
import io.weir.contracts.batch.RecordBatch;
import io.weir.wal.entry.HandedStream.HandedProducer;
import io.weir.wal.entry.ProducerLimits;
import java.util.ArrayList;
import java.util.List;

/**
 * What is remembered of idempotent producers: per stream and producer the epoch and the last five batches, by the rules
 * of Kafka 4 ({@code ProducerStateManager}, {@code ProducerAppendInfo}). The latest batch lies in the producer's own
 * row of 64 bytes; a second row, for the four before it, exists only once there are any.
 *
 * <p>All producers form one list in the order of their last append, so that expiry, by entry time, takes them from its
 * head: the same ones on every replica, wherever their rows are. A stream's producers form a chain, the last to write
 * first.
 *
 * <p>Of the batches before those five it is known that they were appended, and not where (ADR 16).
 *
 * <p>Of the forgotten ones the highest id is kept. A producer with a higher one, which the stream does not know, has
 * never written to it: its first batch must be its first (ADR 11).
 *
 * <p>Threading: one writer.
 */
final class ProducerTable {
    /** {@link #check}: the batch is the next one. Not negative: it was appended before, at that offset. */
    static final long ACCEPTED = -1;

    static final long FENCED = -2;
    static final long OUT_OF_ORDER = -3;
    /** A bound is reached, and no producer has been idle for long enough to make room. */
    static final long FULL = -4;
    /** It was appended before, and so many others since that it is not known any more where. */
    static final long REPEATED = -5;

    static final int REMEMBERED = 5;

    /** {@link #forgotten}: any producer may have been forgotten. */
    static final long ANY = Long.MAX_VALUE;

    static final long NO_ONE = -1;

    static final int WORDS = 8;
    static final int PRODUCER_ID = 0;
    /** Row of the stream (high half), next producer of the same stream (low half). */
    static final int STREAM = 1;
    /** Neighbours in the list of all: older (high half), newer (low half). */
    static final int LIST = 2;

    static final int LAST_TIME = 3;
    /** Epoch (high 16 bits), remembered batches (next 16), row of the older batches (low half). */
    static final int EPOCH = 4;

    /** The {@linkplain Sequences run} that was appended in this epoch, as far as it is known. */
    static final int SEQUENCES = 5;

    static final int BASE = 6;
    static final int NEXT = 7;

    /** Of one remembered older batch: last sequence, base offset, next offset. */
    static final int OLDER_WORDS = 3;

    private static final int NONE = RowPages.NONE;

    private final StreamTable streams;
    private final RowPages rows = new RowPages(WORDS);
    private final RowPages older = new RowPages(OLDER_WORDS * (REMEMBERED - 1));
    private ProducerLimits limits = ProducerLimits.standard();
    private int oldest = NONE;
    private int newest = NONE;
    private long forgotten = ANY;

    ProducerTable(StreamTable streams) {
        this.streams = streams;
    }

    ProducerLimits limits() {
        return limits;
    }

    void limits(ProducerLimits changed) {
        limits = changed;
    }

    int size() {
        return rows.used();
    }

    /** The highest id of a producer that was known to some stream and no longer is. */
    void forgotten(long producerId) {
        forgotten = producerId;
    }

    /** The log begins: unless more is known, none can have been forgotten. */
    void forgottenNone() {
        if (forgotten == ANY) {
            forgotten = NO_ONE;
        }
    }

    long forgotten() {
        return forgotten;
    }

    /** Takes over what another table, part of which comes here, has forgotten. */
    void forgottenAtLeast(long producerId) {
        forgotten = Math.max(forgotten, producerId);
    }

    /** Whether the shard's bound allows so many more. */
    boolean hasRoomFor(int more) {
        return rows.used() + (long) more <= limits.perShard();
    }

    /** Whether the batch of an idempotent producer may be appended now. */
    long check(int stream, RecordBatch batch, long timeMs) {
        int row = stream == StreamTable.NONE ? NONE : find(stream, batch.producerId());
        if (row == NONE) {
            if (batch.baseSequence() != 0 && batch.producerId() > forgotten) {
                return OUT_OF_ORDER;
            }
            return hasRoom(stream, timeMs) ? ACCEPTED : FULL;
        }
        short epoch = epoch(row);
        if (batch.producerEpoch() == epoch) {
            long duplicate = baseOfRepeat(row, batch);
            if (duplicate >= 0) {
                return duplicate;
            }
            if (batch.baseSequence() == Sequences.following(last(row))) {
                return ACCEPTED;
            }
            return isOlderThanRemembered(row, batch) ? REPEATED : OUT_OF_ORDER;
        }
        if (batch.producerEpoch() < epoch) {
            return FENCED;
        }
        return batch.baseSequence() == 0 ? ACCEPTED : OUT_OF_ORDER;
    }

    static boolean isRepeat(long check) {
        return check >= 0 || check == REPEATED;
    }

    static long offsetOfRepeat(long check) {
        return check == REPEATED ? AppendResult.Duplicate.FORGOTTEN : check;
    }

    /** Remembers an accepted batch. */
    void appended(int stream, RecordBatch batch, long base, long next, long timeMs) {
        int row = find(stream, batch.producerId());
        if (row == NONE) {
            makeRoom(stream, timeMs);
            row = add(stream, batch.producerId());
        } else {
            moveToNewest(row, stream);
            if (epoch(row) == batch.producerEpoch()) {
                remember(row);
            } else {
                forgetBatches(row);
            }
        }
        boolean goesOn = batches(row) > 0;
        int count = Math.min(REMEMBERED, batches(row) + 1);
        setEpoch(row, batch.producerEpoch(), count, olderRow(row));
        int last = Sequences.last(batch.baseSequence(), batch.lastOffsetDelta());
        rows.set(
                row,
                SEQUENCES,
                goesOn ? Sequences.upTo(rows.at(row, SEQUENCES), last) : Sequences.run(batch.baseSequence(), last));
        rows.set(row, BASE, base);
        rows.set(row, NEXT, next);
        rows.set(row, LAST_TIME, timeMs);
    }

    /** Forgets producers that wrote nothing for the expiry time; a few at a time, the rest next time. */
    void expire(long timeMs, int atMost) {
        for (int i = 0; i < atMost && oldest != NONE && expired(oldest, timeMs); i++) {
            remove(oldest);
        }
    }

    void removeAll(int stream) {
        while (streams.firstProducer(stream) != NONE) {
            remove(streams.firstProducer(stream));
        }
    }

    /** The producers of a stream that leaves, in the order of their last append. */
    List<HandedProducer> ofStream(int stream) {
        List<HandedProducer> latestFirst = new ArrayList<>();
        for (int row = streams.firstProducer(stream); row != NONE; row = nextOfStream(row)) {
            List<Long> words = new ArrayList<>();
            for (long word : Frozen.batches(rows::at, older::at, row)) {
                words.add(word);
            }
            latestFirst.add(new HandedProducer(rows.at(row, PRODUCER_ID), epoch(row), words));
        }
        return latestFirst.reversed();
    }

    /** The producers of a stream that comes; their time begins anew, since another shard's clock told it. */
    void receive(int stream, List<HandedProducer> producers, long timeMs) {
        for (HandedProducer producer : producers) {
            long[] batches =
                    producer.batches().stream().mapToLong(Long::longValue).toArray();
            restore(stream, producer.id(), producer.epoch(), timeMs, batches);
        }
    }

    /** The stream has left with its producers: they are not forgotten. */
    void handOver(int stream) {
        long mark = forgotten;
        removeAll(stream);
        forgotten = mark;
    }

    /** A producer as a snapshot has it; called in the order of the list, oldest first. */
    void restore(int stream, long producerId, short epoch, long timeMs, long[] batches) {
        int row = add(stream, producerId);
        int count = batches.length / OLDER_WORDS;
        for (int i = 0; i < count; i++) {
            if (i > 0) {
                remember(row);
            }
            setEpoch(row, epoch, i + 1, olderRow(row));
            rows.set(row, SEQUENCES, batches[i * OLDER_WORDS]);
            rows.set(row, BASE, batches[i * OLDER_WORDS + 1]);
            rows.set(row, NEXT, batches[i * OLDER_WORDS + 2]);
        }
        rows.set(row, LAST_TIME, timeMs);
    }

    Frozen freeze() {
        return new Frozen(rows.freeze(), older.freeze(), oldest, limits, forgotten);
    }

    private int last(int row) {
        return Sequences.lastOf(rows.at(row, SEQUENCES));
    }

    private int find(int stream, long producerId) {
        int row = streams.firstProducer(stream);
        while (row != NONE && rows.at(row, PRODUCER_ID) != producerId) {
            row = nextOfStream(row);
        }
        return row;
    }

    private long baseOfRepeat(int row, RecordBatch batch) {
        int last = Sequences.last(batch.baseSequence(), batch.lastOffsetDelta());
        long records = batch.lastOffsetDelta() + 1L;
        if (last(row) == last && rows.at(row, NEXT) - rows.at(row, BASE) == records) {
            return rows.at(row, BASE);
        }
        int from = olderRow(row);
        for (int i = 0; i < batches(row) - 1; i++) {
            int word = i * OLDER_WORDS;
            if (older.at(from, word) == last && older.at(from, word + 2) - older.at(from, word + 1) == records) {
                return older.at(from, word + 1);
            }
        }
        return -1;
    }

    private boolean hasRoom(int stream, long timeMs) {
        boolean shardHasRoom = rows.used() < limits.perShard() || evictable(oldest, timeMs);
        boolean streamHasRoom = stream == StreamTable.NONE
                || streams.producerCount(stream) < limits.perStream()
                || evictable(lastOfStream(stream), timeMs);
        return shardHasRoom && streamHasRoom;
    }

    private void makeRoom(int stream, long timeMs) {
        if (streams.producerCount(stream) >= limits.perStream()) {
            remove(lastOfStream(stream));
        }
        if (rows.used() >= limits.perShard() && evictable(oldest, timeMs)) {
            remove(oldest);
        }
    }

    private int lastOfStream(int stream) {
        int row = streams.firstProducer(stream);
        for (int next = nextOfStream(row); next != NONE; next = nextOfStream(row)) {
            row = next;
        }
        return row;
    }

    private boolean evictable(int row, long timeMs) {
        return timeMs - rows.at(row, LAST_TIME) >= limits.evictableMs();
    }

    private boolean expired(int row, long timeMs) {
        return timeMs - rows.at(row, LAST_TIME) >= limits.expiryMs();
    }

    /** A part of a batch that is remembered is none: no client sends a repeat that way. */
    private boolean isOlderThanRemembered(int row, RecordBatch batch) {
        long remembered = rows.at(row, NEXT) - rows.at(row, BASE);
        for (int word = 0; word < (batches(row) - 1) * OLDER_WORDS; word += OLDER_WORDS) {
            remembered += older.at(olderRow(row), word + 2) - older.at(olderRow(row), word + 1);
        }
        return Sequences.holds(rows.at(row, SEQUENCES), batch.baseSequence(), batch.lastOffsetDelta(), remembered);
    }

    /** Shifts the latest batch to the front of the older ones; the fifth falls out. */
    private void remember(int row) {
        int into = olderRow(row);
        if (into == NONE) {
            into = older.allocate();
            setEpoch(row, epoch(row), batches(row), into);
        }
        for (int word = OLDER_WORDS * (REMEMBERED - 1) - 1; word >= OLDER_WORDS; word--) {
            older.set(into, word, older.at(into, word - OLDER_WORDS));
        }
        older.set(into, 0, last(row));
        older.set(into, 1, rows.at(row, BASE));
        older.set(into, 2, rows.at(row, NEXT));
    }

    private void forgetBatches(int row) {
        if (olderRow(row) != NONE) {
            older.free(olderRow(row));
        }
        setEpoch(row, epoch(row), 0, NONE);
    }

    private int add(int stream, long producerId) {
        int row = rows.allocate();
        rows.set(row, PRODUCER_ID, producerId);
        setEpoch(row, (short) 0, 0, NONE);
        linkFirst(row, stream);
        append(row);
        return row;
    }

    private void remove(int row) {
        forgotten = Math.max(forgotten, rows.at(row, PRODUCER_ID));
        unlinkFromStream(row, streamOf(row));
        unlinkFromList(row);
        forgetBatches(row);
        rows.free(row);
    }

    private void moveToNewest(int row, int stream) {
        if (row != newest) {
            unlinkFromList(row);
            append(row);
        }
        if (row != streams.firstProducer(stream)) {
            unlinkFromStream(row, stream);
            linkFirst(row, stream);
        }
    }

    private void linkFirst(int row, int stream) {
        rows.set(row, STREAM, pair(stream, streams.firstProducer(stream)));
        streams.producers(stream, row, streams.producerCount(stream) + 1);
    }

    private void unlinkFromStream(int row, int stream) {
        int first = streams.firstProducer(stream);
        if (first == row) {
            first = nextOfStream(row);
        } else {
            int before = first;
            while (nextOfStream(before) != row) {
                before = nextOfStream(before);
            }
            rows.set(before, STREAM, pair(stream, nextOfStream(row)));
        }
        streams.producers(stream, first, streams.producerCount(stream) - 1);
    }

    private void append(int row) {
        rows.set(row, LIST, pair(newest, NONE));
        if (newest == NONE) {
            oldest = row;
        } else {
            rows.set(newest, LIST, pair(high(rows.at(newest, LIST)), row));
        }
        newest = row;
    }

    private void unlinkFromList(int row) {
        int before = high(rows.at(row, LIST));
        int after = low(rows.at(row, LIST));
        if (before == NONE) {
            oldest = after;
        } else {
            rows.set(before, LIST, pair(high(rows.at(before, LIST)), after));
        }
        if (after == NONE) {
            newest = before;
        } else {
            rows.set(after, LIST, pair(before, low(rows.at(after, LIST))));
        }
    }

    private int streamOf(int row) {
        return high(rows.at(row, STREAM));
    }

    private int nextOfStream(int row) {
        return low(rows.at(row, STREAM));
    }

    private short epoch(int row) {
        return (short) (rows.at(row, EPOCH) >> 48);
    }

    private int batches(int row) {
        return (int) (rows.at(row, EPOCH) >>> 32) & 0xFFFF;
    }

    private int olderRow(int row) {
        return low(rows.at(row, EPOCH));
    }

    private void setEpoch(int row, short epoch, int batches, int olderRow) {
        rows.set(row, EPOCH, ((long) epoch << 48) | ((long) batches << 32) | (olderRow & 0xFFFF_FFFFL));
    }

    private static long pair(int high, int low) {
        return ((long) high << 32) | (low & 0xFFFF_FFFFL);
    }

    private static int high(long pair) {
        return (int) (pair >> 32);
    }

    private static int low(long pair) {
        return (int) pair;
    }

    /** Receives a producer's fields; batches are oldest first, {@link #OLDER_WORDS} words each. */
    @FunctionalInterface
    interface Visitor<E extends Exception> {
        void visit(int streamRow, long producerId, short epoch, long timeMs, long[] batches) throws E;
    }

    /** The producers as they were. */
    record Frozen(RowPages.View rows, RowPages.View older, int oldest, ProducerLimits limits, long forgotten) {
        int size() {
            return rows.used();
        }

        <E extends Exception> void forEach(Visitor<E> visitor) throws E {
            for (int row = oldest; row != NONE; row = low(rows.at(row, LIST))) {
                visitor.visit(
                        high(rows.at(row, STREAM)),
                        rows.at(row, PRODUCER_ID),
                        (short) (rows.at(row, EPOCH) >> 48),
                        rows.at(row, LAST_TIME),
                        batches(rows::at, older::at, row));
            }
        }

        /** What is remembered of a producer's batches, oldest first. */
        private static long[] batches(Words rows, Words older, int row) {
            long epochWord = rows.at(row, EPOCH);
            int count = (int) (epochWord >>> 32) & 0xFFFF;
            long[] batches = new long[count * OLDER_WORDS];
            for (int i = 0; i < count - 1; i++) {
                int from = (count - 2 - i) * OLDER_WORDS;
                for (int word = 0; word < OLDER_WORDS; word++) {
                    batches[i * OLDER_WORDS + word] = older.at(low(epochWord), from + word);
                }
            }
            int last = (count - 1) * OLDER_WORDS;
            batches[last] = rows.at(row, SEQUENCES);
            batches[last + 1] = rows.at(row, BASE);
            batches[last + 2] = rows.at(row, NEXT);
            return batches;
        }

        private interface Words {
            long at(int row, int word);
        }
    }
}
