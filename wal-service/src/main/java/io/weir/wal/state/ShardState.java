package io.weir.wal.state;

import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.LogRange;
import io.weir.contracts.segment.SegmentView;
import io.weir.contracts.segment.ShardSegments.CompactionIntent;
import io.weir.contracts.segment.ShardSegments.RetiredObject;
import io.weir.contracts.usage.IngressUsage;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.Command.StreamSpan;
import io.weir.wal.entry.Command.TrimPoint;
import io.weir.wal.entry.HandedStream;
import io.weir.wal.entry.StreamRange;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Everything a shard's replicas agree on. The same commands at the same log positions give the same state and the same
 * replies.
 *
 * <p>Threading: one writer; readers of anything mutable hold the shard's lock. {@link #freeze} gives a view for another
 * thread.
 */
public final class ShardState {
    /** Producers forgotten per entry at most, so that an expiry of many does not hold up the shard. */
    private static final int EXPIRED_AT_ONCE = 64;

    private final ShardId shard;
    private final StreamTable streams = new StreamTable();
    private final ProducerTable producers = new ProducerTable(streams);
    private final SessionTable sessions = new SessionTable();
    private final SegmentCatalog segments;
    private final Backlog backlog = new Backlog();
    private final IngressCounters ingress = new IngressCounters();
    private final MoveSteps moving = new MoveSteps(streams, producers);
    private OpenRanges open = OpenRanges.NONE;
    private long metadataVersion;
    private long timeMs;
    private long flushedUpTo = -1;
    private long applied = -1;

    public ShardState(ShardId shard) {
        this.shard = shard;
        this.segments = new SegmentCatalog(shard);
    }

    /** Called first for every entry: time never runs backwards. */
    public void advance(LogPosition position, long proposedTimeMs) {
        applied = position.index();
        timeMs = Math.max(timeMs, proposedTimeMs);
        producers.expire(timeMs, EXPIRED_AT_ONCE);
    }

    /**
     * Appends what can be appended, batch by batch.
     *
     * @param added called with the appended batches, if there are any
     */
    public Reply append(LogPosition position, Command.Append append, Consumer<TailEntry> added) {
        SessionTable.Session session = sessions.find(append.session());
        if (session == null) {
            return new Reply.OutOfSession("Session " + append.session() + " is not open");
        }
        if (append.sequence() != session.nextSequence()) {
            Reply.Appended repeated = session.repeated(append.sequence());
            return repeated != null && repeated.count() == append.count()
                    ? repeated
                    : new Reply.OutOfSession("Session " + append.session() + " expects entry " + session.nextSequence()
                            + ", not " + append.sequence());
        }
        int count = append.count();
        byte[] outcomes = new byte[count];
        long[] offsets = new long[count];
        long[] logStarts = new long[count];
        TailEntry.Builder builder = new TailEntry.Builder(position.index(), position.term(), count);
        for (int i = 0; i < count; i++) {
            outcomes[i] = appendBatch(append, i, offsets, logStarts, builder).code();
        }
        Reply.Appended reply = new Reply.Appended(outcomes, offsets, logStarts);
        sessions.applied(session, reply);
        if (!builder.isEmpty()) {
            TailEntry entry = builder.build();
            backlog.add(entry);
            added.accept(entry);
        }
        return reply;
    }

    private Outcome appendBatch(
            Command.Append append, int i, long[] offsets, long[] logStarts, TailEntry.Builder builder) {
        long stream = append.stream(i);
        RecordBatch batch = append.batch(i);
        StreamRange range = open.find(stream);
        if (range == null || !takesAppends(range, stream, append.incarnation(i))) {
            return elsewhere(range, stream, offsets, i);
        }
        int row = streams.find(stream);
        long base = row == StreamTable.NONE ? 0 : streams.next(row);
        long next = base + batch.lastOffsetDelta() + 1L;
        if (!storable(batch) || next <= base) {
            return Outcome.INVALID;
        }
        boolean idempotent = batch.producerId() != RecordBatch.NO_PRODUCER;
        if (idempotent) {
            long check = producers.check(row, batch, timeMs);
            if (ProducerTable.isRepeat(check)) {
                offsets[i] = ProducerTable.offsetOfRepeat(check);
                logStarts[i] = streams.logStart(row);
                return Outcome.DUPLICATE;
            }
            if (check != ProducerTable.ACCEPTED) {
                return refusal(check);
            }
        }
        if (row == StreamTable.NONE) {
            row = streams.findOrAdd(stream);
        }
        streams.next(row, next);
        if (idempotent) {
            producers.appended(row, batch, base, next, timeMs);
        }
        ingress.count(range.tenant(), batch.recordCount(), batch.sizeBytes());
        builder.add(append, i, base, next);
        offsets[i] = base;
        logStarts[i] = streams.logStart(row);
        return Outcome.COMMITTED;
    }

    private boolean takesAppends(StreamRange range, long stream, int incarnation) {
        return range.incarnation() == incarnation && !moving.moves().isSealed(stream);
    }

    /** A stream is somewhere else, or is about to be, at a later incarnation; or nobody here knows it. */
    private Outcome elsewhere(@Nullable StreamRange range, long stream, long[] offsets, int i) {
        if (range != null) {
            offsets[i] = range.incarnation() + (moving.moves().isSealed(stream) ? 1L : 0);
            return Outcome.MOVED;
        }
        StreamMoves.Departed stay = moving.moves().departure(stream);
        offsets[i] = stay == null ? 0 : stay.incarnation() + 1L;
        return stay == null ? Outcome.UNKNOWN_STREAM : Outcome.MOVED;
    }

    private static boolean storable(RecordBatch batch) {
        boolean counted = batch.lastOffsetDelta() >= 0 && batch.recordCount() > 0;
        boolean plain = !batch.isTransactional() && !batch.isControl();
        boolean sequenced = batch.producerId() == RecordBatch.NO_PRODUCER
                || (batch.producerId() >= 0 && batch.producerEpoch() >= 0 && batch.baseSequence() >= 0);
        return counted && plain && sequenced;
    }

    private static Outcome refusal(long check) {
        if (check == ProducerTable.FENCED) {
            return Outcome.FENCED;
        }
        return check == ProducerTable.FULL ? Outcome.PRODUCERS_FULL : Outcome.OUT_OF_ORDER;
    }

    public Reply openSession(LogPosition position, Command.OpenSession command) {
        producers.limits(command.limits());
        if (command.firstSequencesChecked() && sessions.isEmpty()) {
            producers.forgottenNone();
        }
        return new Reply.SessionOpened(position.index(), sessions.open(position.index(), command.previous()));
    }

    public Reply openStreams(Command.OpenStreams command) {
        if (command.metadataVersion() < metadataVersion) {
            return new Reply.Stale(metadataVersion);
        }
        metadataVersion = command.metadataVersion();
        open = open.plus(command.ranges());
        return Reply.Done.DONE;
    }

    /** @param deleted called with the row and before it is freed, for each stream that had been written to */
    public Reply deleteStreams(Command.DeleteStreams command, RowConsumer deleted) {
        if (command.metadataVersion() < metadataVersion) {
            return new Reply.Stale(metadataVersion);
        }
        metadataVersion = command.metadataVersion();
        open = open.minus(command.spans());
        moving.deleted(command.spans());
        for (StreamSpan span : command.spans()) {
            forEachWritten(span, row -> {
                deleted.accept(row);
                producers.removeAll(row);
                streams.remove(row);
            });
        }
        return Reply.Done.DONE;
    }

    private void forEachWritten(StreamSpan span, RowConsumer action) {
        if (span.count() > streams.limit()) {
            for (int row = 0; row < streams.limit(); row++) {
                if (streams.inUse(row) && streams.id(row) >= span.first() && streams.id(row) < span.end()) {
                    action.accept(row);
                }
            }
            return;
        }
        for (long stream = span.first(); stream < span.end(); stream++) {
            int row = streams.find(stream);
            if (row != StreamTable.NONE) {
                action.accept(row);
            }
        }
    }

    /** @param flushed called with each entry that is in segments now, oldest first */
    public Reply segmentsCommitted(Command.SegmentsCommitted command, Consumer<TailEntry> flushed) {
        LogRange range = command.range();
        if (range.from() != flushedUpTo + 1 || range.upTo() >= applied) {
            return new Reply.Flushed(false, flushedUpTo);
        }
        flushedUpTo = range.upTo();
        for (TailEntry entry = backlog.poll(flushedUpTo); entry != null; entry = backlog.poll(flushedUpTo)) {
            for (int i = 0; i < entry.count(); i++) {
                int row = streams.find(entry.stream(i));
                if (row != StreamTable.NONE) {
                    assert streams.flushedNext(row) <= entry.base(i);
                    streams.flushedNext(row, entry.next(i));
                }
            }
            flushed.accept(entry);
        }
        command.segment().ifPresent(segments::flushed);
        return new Reply.Flushed(true, flushedUpTo);
    }

    public Reply trim(Command.Trim command) {
        Map<Long, Long> remembered = new HashMap<>();
        Reply reply = trim(command, remembered);
        if (!remembered.isEmpty()) {
            moving.trimmed(remembered);
        }
        return reply;
    }

    /** @param remembered takes the new log starts of streams that have a history below them */
    private Reply trim(Command.Trim command, Map<Long, Long> remembered) {
        OptionalLong logStart = OptionalLong.empty();
        for (TrimPoint point : command.points()) {
            long stream = point.stream().value();
            int row = streams.find(stream);
            long end = row == StreamTable.NONE ? 0 : streams.next(row);
            if (!isTrimmable(stream, command.strict())) {
                continue;
            }
            if (command.strict() && point.logStart() > end) {
                return new Reply.BeyondEnd(end);
            }
            if (row != StreamTable.NONE) {
                streams.logStart(row, Math.max(streams.logStart(row), Math.min(point.logStart(), end)));
                if (moving.remembersBelow(stream, streams.logStart(row))) {
                    remembered.put(stream, streams.logStart(row));
                }
            }
            logStart = OptionalLong.of(row == StreamTable.NONE ? 0 : streams.logStart(row));
        }
        return new Reply.Trimmed(logStart);
    }

    /**
     * Somebody who waits for the answer is sent to where the stream is, or is about to be; what retention finds is
     * trimmed where it is found, and told to the other side later.
     */
    private boolean isTrimmable(long stream, boolean strict) {
        boolean here = open.find(stream) != null;
        return strict
                ? here && !moving.moves().isSealed(stream)
                : here || moving.moves().departure(stream) != null;
    }

    public Reply seal(Command.SealStreams command) {
        return moving.seal(open, command);
    }

    public Reply receive(Command.ReceiveStream command) {
        metadataVersion = Math.max(metadataVersion, command.metadataVersion());
        // The first session would take the mark that comes with the stream for one that nobody has set.
        if (sessions.isEmpty()) {
            producers.forgottenNone();
        }
        return taken(moving.receive(open, command, timeMs));
    }

    /** As {@link ProducerTable#forgotten}; where there was no session yet, nobody has written, nor been forgotten. */
    long forgottenProducers() {
        return sessions.isEmpty() && producers.forgotten() == ProducerTable.ANY
                ? ProducerTable.NO_ONE
                : producers.forgotten();
    }

    /** @param left called with each stream that leaves, before what is known of it changes */
    public Reply release(Command.ReleaseStreams command, LongConsumer left) {
        metadataVersion = Math.max(metadataVersion, command.metadataVersion());
        return taken(moving.release(open, command, left));
    }

    public Reply unseal(Command.UnsealStreams command) {
        return moving.unseal(command);
    }

    /** @param left as for {@link #release} */
    public Reply cancel(Command.CancelMove command, LongConsumer left) {
        return taken(moving.cancel(open, command, left));
    }

    public Reply forget(Command.ForgetStreams command) {
        return moving.forget(open, command);
    }

    private Reply taken(MoveSteps.Taken step) {
        open = step.open();
        return step.reply();
    }

    /** Whether all that was appended to the stream here is in segments. */
    public boolean isFlushed(long stream) {
        return moving.isFlushed(stream);
    }

    /** What a shard that a sealed stream moves to has to know; empty while some of it is not in segments. */
    public Optional<HandedStream> handed(long stream) {
        return moving.handed(this, stream);
    }

    /** Of the streams that come and go. */
    public StreamMoves moves() {
        return moving.moves();
    }

    public Reply announce(Command.AnnounceCompaction command) {
        return segments.announce(command.intent());
    }

    public Reply abort(Command.AbortCompaction command) {
        return segments.abort(command.intentId(), timeMs);
    }

    public Reply replace(Command.ReplaceRanges command) {
        return segments.replace(command.intentId(), command.replacement(), timeMs);
    }

    public Reply forget(Command.ForgetObjects command) {
        return segments.forget(command.deleted());
    }

    public ShardId shard() {
        return shard;
    }

    public StreamTable streams() {
        return streams;
    }

    public OpenRanges open() {
        return open;
    }

    public long metadataVersion() {
        return metadataVersion;
    }

    /** The last entry time. */
    public long timeMs() {
        return timeMs;
    }

    /** Everything up to this log index is in segments. */
    public long flushedUpTo() {
        return flushedUpTo;
    }

    /** The last applied log index. */
    public long applied() {
        return applied;
    }

    public SegmentView view() {
        return segments.view();
    }

    public List<CompactionIntent> intents() {
        return segments.intents();
    }

    public List<RetiredObject> retired() {
        return segments.retired();
    }

    public int retiredCount() {
        return segments.retiredCount();
    }

    /** Whether a segment that is not in a manifest has this key. */
    public boolean refersTo(ObjectKey key) {
        return segments.refersTo(key);
    }

    public List<IngressUsage> ingress() {
        return ingress.usage();
    }

    public int producerCount() {
        return producers.size();
    }

    /** Entries with batches that are not in segments, oldest first. */
    public Iterable<TailEntry> unflushed() {
        return backlog.entries();
    }

    public @Nullable TailEntry oldestUnflushed() {
        return backlog.oldest();
    }

    public long unflushedBytes() {
        return backlog.bytes();
    }

    public long unflushedBatches() {
        return backlog.batches();
    }

    /** Memory that the positions of what is not in segments take. */
    public long positionBytes() {
        return backlog.positionBytes();
    }

    public FrozenState freeze() {
        return new FrozenState(
                shard,
                new FrozenState.Marks(applied, timeMs, flushedUpTo, metadataVersion),
                streams.freeze(),
                producers.freeze(),
                moving.moves(),
                new FrozenState.Lists(
                        open.ranges(),
                        sessions.freeze(),
                        backlog.freeze(),
                        segments.view(),
                        segments.intents(),
                        segments.retired(),
                        ingress.usage()));
    }

    /** Equal on every replica that has applied the same entries, however it came by them. */
    public long stateHash() {
        return SnapshotCodec.hash(freeze());
    }

    void restore(FrozenState.Marks marks, FrozenState.Lists lists) {
        applied = marks.applied();
        timeMs = marks.timeMs();
        flushedUpTo = marks.flushedUpTo();
        metadataVersion = marks.metadataVersion();
        open = OpenRanges.of(lists.open());
        lists.sessions().forEach(sessions::restore);
        lists.unflushed().forEach(backlog::add);
        segments.restore(lists.view(), lists.intents(), lists.retired());
        lists.ingress().forEach(ingress::restore);
    }

    void restore(StreamMoves moves) {
        moving.restore(moves);
    }

    ProducerTable producers() {
        return producers;
    }

    /** Receives a row of the stream table. */
    @FunctionalInterface
    public interface RowConsumer {
        void accept(int row);
    }
}
