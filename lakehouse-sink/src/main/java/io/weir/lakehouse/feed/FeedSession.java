package io.weir.lakehouse.feed;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.metadata.TableConfig;
import io.weir.contracts.read.RecordDecoder;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.read.StoredRecord;
import io.weir.contracts.read.StreamBounds;
import io.weir.contracts.read.StreamRead;
import io.weir.contracts.table.FeedAdvance;
import io.weir.contracts.table.TablePointer;
import io.weir.lakehouse.columns.Conversion;
import io.weir.lakehouse.columns.RowMaker;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is gathered for one commit of one topic: how far each stream was read, and the files that hold it.
 *
 * <p>Threading: one thread at a time.
 */
final class FeedSession {
    /** A table that cannot take a record in so many steps never will. */
    private static final int MOST_GROWTHS = 3;

    private static final int MOST_REASON_CHARS = 512;

    private final FeedContext context;
    private final Epoch owner;
    private final FeedMeters.OfTopic meters;
    private final OpenFiles files;
    private final TableConfig config;
    private final SortedMap<StreamId, OffsetRange> moves = new TreeMap<>();
    private final Deque<Integer> toRead = new ArrayDeque<>();
    private final DeadLetters letters = new DeadLetters();
    private final Gaps gaps = new Gaps();
    private TopicTable table;
    private RowMaker rows;
    private long bytes;
    private long records;
    private long badRecords;
    private @Nullable String suspendedBy;
    private boolean full;

    /** Nothing is read yet. */
    FeedSession(FeedContext context, TopicTable table, Epoch owner, FeedMeters.OfTopic meters) {
        this.context = context;
        this.table = table;
        this.owner = owner;
        this.meters = meters;
        this.config = table.topic().config().table();
        this.rows = table.rowMaker();
        this.files = new OpenFiles(
                context,
                new OpenFiles.Place(table.staged(), owner, "e"),
                table.topic().config().maxMessageBytes());
    }

    /** The partition is looked at, after those that wait already. */
    void add(int partition) {
        toRead.addLast(partition);
    }

    boolean readAll() {
        return toRead.isEmpty();
    }

    /** Whether the commit must not become bigger. */
    boolean full() {
        return full
                || suspendedBy != null
                || bytes >= context.config().commitBytes()
                || files.count() >= context.config().commitFiles()
                || letters.full();
    }

    /** Reads on, in turns between the partitions, until there is no more, or the budget is used up. */
    void read(long budgetBytes) {
        long before = bytes;
        while (!toRead.isEmpty() && !full() && bytes - before < budgetBytes) {
            int partition = toRead.removeFirst();
            if (moves.size() >= FeedAdvance.MAX_MOVES
                    && table.topic()
                            .location(partition)
                            .filter(at -> moves.containsKey(at.stream()))
                            .isEmpty()) {
                full = true;
            } else if (readOnce(partition)) {
                toRead.addLast(partition);
            }
        }
    }

    /** Where the stream is read next. */
    long position(StreamId stream) {
        OffsetRange moved = moves.get(stream);
        TablePointer pointer = table.pointer();
        return moved != null ? moved.to() : pointer == null ? 0 : pointer.watermark(stream);
    }

    private void moveTo(StreamId stream, long to) {
        long from = position(stream);
        moves.merge(stream, new OffsetRange(from, to), (one, more) -> new OffsetRange(one.from(), to));
    }

    /** Returns whether there may be more. */
    private boolean readOnce(int partition) {
        StreamLocation location = table.topic().location(partition).orElseThrow();
        long from = position(location.stream());
        int wanted = context.config().readBytes();
        return switch (context.await(context.ports().streams().read(location, from, wanted))) {
            case StreamRead.Batches(StreamBounds bounds, var batches) -> {
                for (StoredBatches run : batches) {
                    boolean whole = take(partition, location.stream(), run, bounds.lastStable());
                    // Only now: the first run, however large, must not make the commit full before it is taken.
                    bytes += run.sizeBytes();
                    if (!whole) {
                        yield false;
                    }
                }
                yield !batches.isEmpty() && position(location.stream()) < bounds.lastStable();
            }
            case StreamRead.Gap(StreamBounds bounds, long next) -> {
                moveTo(location.stream(), Math.min(next, bounds.lastStable()));
                yield position(location.stream()) < bounds.lastStable();
            }
            case StreamRead.OutOfRange(StreamBounds bounds) -> {
                skipTo(partition, location.stream(), bounds);
                yield true;
            }
            case StreamRead.NotHere(String message) -> false;
        };
    }

    private void skipTo(int partition, StreamId stream, StreamBounds bounds) {
        long from = position(stream);
        if (from > bounds.end()) {
            throw new ServiceException(
                    FailureCode.CORRUPT,
                    "Table " + table.name() + " is at offset " + from + " of partition " + partition
                            + ", which ends at " + bounds.end());
        }
        if (from < bounds.logStart()) {
            boolean begins = from == 0 && table.pointer() == null;
            if (!begins) {
                gaps.add(partition, new OffsetRange(from, bounds.logStart()));
            }
            moveTo(stream, bounds.logStart());
        }
    }

    /** Takes the records of a run; returns false when it stopped inside. */
    private boolean take(int partition, StreamId stream, StoredBatches run, long stable) {
        long from = position(stream);
        try (RecordDecoder.Records decoded = context.ports().decoder().records(run, from)) {
            while (decoded.hasNext()) {
                StoredRecord record = decoded.next();
                if (record.offset() >= stable || full() || !take(partition, record)) {
                    if (record.offset() > from) {
                        moveTo(stream, record.offset());
                    }
                    return false;
                }
            }
        }
        if (run.nextOffset() > from) {
            moveTo(stream, Math.min(run.nextOffset(), stable));
        }
        return true;
    }

    /** Writes a record, to the table or where bad ones go; returns false when the topic stops before it. */
    private boolean take(int partition, StoredRecord record) {
        String reason = "the table's columns change with every attempt";
        for (int attempt = 0; attempt <= MOST_GROWTHS; attempt++) {
            switch (rows.convert(partition, record)) {
                case Conversion.Row(var row) -> {
                    files.write(row);
                    records++;
                    return true;
                }
                case Conversion.Grow(var wanted) -> {
                    try {
                        table.grow(wanted);
                    } catch (IllegalArgumentException refused) {
                        return bad(partition, record, "the table's columns cannot grow: " + refused.getMessage());
                    }
                    rows = table.rowMaker();
                    files.changeColumns();
                }
                case Conversion.Bad(String why) -> {
                    return bad(partition, record, why);
                }
            }
        }
        return bad(partition, record, reason);
    }

    private boolean bad(int partition, StoredRecord record, String why) {
        String reason = why.length() > MOST_REASON_CHARS ? why.substring(0, MOST_REASON_CHARS) : why;
        switch (config.onBadRecord()) {
            case SUSPEND -> {
                suspendedBy = "partition " + partition + ", offset " + record.offset() + ": " + reason;
                return false;
            }
            case SKIP -> {}
            case DEAD_LETTER -> letters.add(partition, record, reason);
        }
        badRecords++;
        meters.bad();
        return true;
    }

    /** Whether there is anything to commit. */
    boolean hasMoved() {
        return moves.values().stream().anyMatch(move -> !move.isEmpty());
    }

    @Nullable String suspendedBy() {
        return suspendedBy;
    }

    FeedAdvance advance() {
        return new FeedAdvance(table.name(), table.topic().id(), owner, moves);
    }

    /** Goes on with the table as somebody else has left it. */
    void rebase(TopicTable on) {
        table = on;
    }

    TopicTable table() {
        return table;
    }

    Epoch owner() {
        return owner;
    }

    OpenFiles files() {
        return files;
    }

    DeadLetters letters() {
        return letters;
    }

    Gaps gaps() {
        return gaps;
    }

    TableConfig config() {
        return config;
    }

    long records() {
        return records;
    }

    long badRecords() {
        return badRecords;
    }

    long bytes() {
        return bytes;
    }
}
