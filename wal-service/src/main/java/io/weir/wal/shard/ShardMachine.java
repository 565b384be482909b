package io.weir.wal.shard;

import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.identity.ShardId;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.DecodedEntry;
import io.weir.wal.entry.EntryCodec;
import io.weir.wal.state.FrozenState;
import io.weir.wal.state.OpenRanges;
import io.weir.wal.state.Reply;
import io.weir.wal.state.ShardState;
import io.weir.wal.state.SnapshotCodec;
import io.weir.wal.state.StreamMoves;
import io.weir.wal.state.StreamTable;
import io.weir.wal.state.TailEntry;
import io.weir.wal.tail.Tail;
import io.weir.wal.tail.Watches;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the group of a shard drives: applies entries to the state, keeps the tail and wakes who waits.
 *
 * <p>Threading: applied to by the group's thread; everybody else reads {@link #locked}. The lock is held for the
 * application of one entry or one read at most, never for I/O. Watchers and listeners are called without it.
 */
public final class ShardMachine implements ReplicatedState {
    /** A replica that has not heard of a leader for so long may be cut off, and what it knows too old to be read. */
    static final Duration SERVES_WITHOUT_LEADER = Duration.ofSeconds(30);

    private final ShardId shard;
    private final LongSupplier nanos;
    private final long tailBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Watches watches = new Watches();
    private final List<Watches.Waiting> due = new ArrayList<>();
    private ShardState state;
    private Tail tail;
    private long totalBytes;
    private volatile long appliedBytes;
    private volatile boolean dropCached;
    private volatile long flushedUpTo = -1;
    private volatile long unflushedBatches;
    private volatile long positionBytes;
    private volatile OpenRanges open = OpenRanges.NONE;
    private volatile StreamMoves moves;
    /** The furthest that this process has been: an older snapshot, replayed, comes by here again. */
    private long furthestApplied = -1;
    /** What was flushed up to here may be gone from the log: a snapshot took its place. */
    private long restoredAt = -1;

    private volatile boolean caughtUp = true;
    private volatile boolean closed;
    private volatile Leadership leadership = new Leadership.Following();
    private volatile boolean heardOfLeader;
    private volatile long leaderLostNanos;
    private volatile Listener listener = Listener.NONE;

    /** Is told what happened, on the group's thread; must be short and must not block. */
    public interface Listener {
        Listener NONE = new Listener() {};

        /** A batch or more joined the tail. */
        default void appended(long unflushedBytes, long unflushedBatches) {}

        /** The flushed end moved, or the log grew by a command. */
        default void flushed(long flushedUpTo) {}

        /** The set of open streams changed. */
        default void streamsChanged() {}

        /** Streams came from another shard, or went to one. */
        default void streamsMoved() {
            streamsChanged();
        }

        default void leadershipChanged(Leadership leadership) {}

        /** The whole state was replaced: anything may have changed. */
        default void restored() {}
    }

    public ShardMachine(ShardId shard, long tailBytes) {
        this(shard, tailBytes, System::nanoTime);
    }

    /** @param nanos monotonic */
    public ShardMachine(ShardId shard, long tailBytes, LongSupplier nanos) {
        this.shard = shard;
        this.tailBytes = tailBytes;
        this.nanos = nanos;
        this.leaderLostNanos = nanos.getAsLong();
        this.state = new ShardState(shard);
        this.moves = state.moves();
        this.tail = new Tail(state.streams(), tailBytes);
    }

    public void listener(Listener told) {
        listener = told;
    }

    @Override
    public void reset() {
        replace(new ShardState(shard), -1);
    }

    @Override
    public void restore(InputStream snapshot, LogPosition position) throws IOException {
        ShardState restored = SnapshotCodec.read(shard, snapshot);
        if (restored.applied() > position.index()) {
            throw new IOException("Snapshot at " + position.index() + " holds entry " + restored.applied());
        }
        replace(restored, position.index());
    }

    private void replace(ShardState restored, long snapshotIndex) {
        locked(() -> {
            state = restored;
            tail = new Tail(restored.streams(), tailBytes);
            restored.unflushed().forEach(tail::addWithoutBytes);
            unflushedBatches = restored.unflushedBatches();
            positionBytes = restored.positionBytes();
            flushedUpTo = restored.flushedUpTo();
            moves = restored.moves();
            open = restored.open();
            restoredAt = snapshotIndex;
            look();
            watches.gone(0, Long.MAX_VALUE, due);
            return null;
        });
        callDue();
        listener.restored();
    }

    /** Under the lock. */
    private void look() {
        furthestApplied = Math.max(furthestApplied, state.applied());
        caughtUp = state.applied() >= furthestApplied && state.flushedUpTo() >= restoredAt;
    }

    @Override
    public Object apply(LogPosition position, List<ByteBuffer> entry) {
        return switch (EntryCodec.decode(entry)) {
            case DecodedEntry.Unsupported unsupported ->
                throw new IllegalStateException("Cannot apply entry " + position + ": " + unsupported.reason());
            case DecodedEntry.Malformed malformed -> new Reply.Refused(malformed.reason());
            case DecodedEntry.Entry decoded -> applyDecoded(position, decoded, sizeOf(entry));
        };
    }

    private Reply applyDecoded(LogPosition position, DecodedEntry.Entry entry, long bytes) {
        long unflushedBytes;
        long batches;
        Reply reply;
        lock.lock();
        try {
            state.advance(position, entry.timeMs());
            totalBytes += bytes;
            appliedBytes = totalBytes;
            reply = carryOut(position, entry.command());
            unflushedBytes = state.unflushedBytes();
            // In this order: who looks the other way round finds a stream that leaves in at least one of them.
            moves = state.moves();
            open = state.open();
            batches = state.unflushedBatches();
            unflushedBatches = batches;
            positionBytes = state.positionBytes();
            flushedUpTo = state.flushedUpTo();
            look();
        } finally {
            lock.unlock();
        }
        callDue();
        switch (entry.command()) {
            case Command.Append ignored -> listener.appended(unflushedBytes, batches);
            case Command.OpenStreams ignored -> listener.streamsChanged();
            case Command.DeleteStreams ignored -> listener.streamsChanged();
            case Command.SealStreams ignored -> listener.streamsChanged();
            case Command.ReceiveStream ignored -> listener.streamsMoved();
            case Command.ReleaseStreams ignored -> listener.streamsMoved();
            case Command.UnsealStreams ignored -> listener.streamsChanged();
            case Command.CancelMove ignored -> listener.streamsMoved();
            default -> listener.flushed(flushedUpTo);
        }
        return reply;
    }

    private Reply carryOut(LogPosition position, Command command) {
        return switch (command) {
            case Command.Append append -> state.append(position, append, this::added);
            case Command.OpenSession open -> state.openSession(position, open);
            case Command.OpenStreams open -> state.openStreams(open);
            case Command.DeleteStreams delete -> {
                Reply reply = state.deleteStreams(delete, tail::forget);
                if (reply instanceof Reply.Done) {
                    delete.spans().forEach(span -> watches.gone(span.first(), span.end(), due));
                }
                yield reply;
            }
            case Command.SegmentsCommitted committed -> {
                Reply reply = state.segmentsCommitted(committed, tail::flushed);
                if (dropCached) {
                    dropCached = false;
                    tail.dropCached();
                }
                yield reply;
            }
            case Command.Trim trim -> state.trim(trim);
            case Command.AnnounceCompaction announce -> state.announce(announce);
            case Command.AbortCompaction abort -> state.abort(abort);
            case Command.ReplaceRanges replace -> state.replace(replace);
            case Command.ForgetObjects forget -> state.forget(forget);
            case Command.SealStreams seal -> state.seal(seal);
            case Command.ReceiveStream receive -> state.receive(receive);
            case Command.ReleaseStreams release -> state.release(release, this::left);
            case Command.UnsealStreams unseal -> state.unseal(unseal);
            case Command.CancelMove cancel -> state.cancel(cancel, this::left);
            case Command.ForgetStreams forget -> state.forget(forget);
        };
    }

    /**
     * A stream is not here any more: who waits for it looks elsewhere, and should it return, this tail is an old one.
     */
    private void left(long stream) {
        int row = state.streams().find(stream);
        if (row != StreamTable.NONE) {
            tail.forget(row);
        }
        watches.gone(stream, stream + 1, due);
    }

    private void added(TailEntry entry) {
        tail.add(entry);
        watches.grown(entry, due);
    }

    /** Only the group's thread fills the list, so that it may be emptied without the lock. */
    private void callDue() {
        if (!due.isEmpty()) {
            List<Watches.Waiting> called = List.copyOf(due);
            due.clear();
            called.forEach(Watches.Waiting::call);
        }
    }

    @Override
    public Frozen freeze() {
        FrozenState frozen = locked(() -> state.freeze());
        return new Frozen() {
            @Override
            public void writeTo(OutputStream out) throws IOException {
                SnapshotCodec.write(frozen, out);
            }

            @Override
            public void close() {
                // The pages it shares are let go of with the view itself.
            }
        };
    }

    /** Whoever waits goes on waiting: entries are applied here as before, whoever leads. */
    @Override
    public void leadershipChanged(Leadership changed) {
        boolean known = leaderIn(changed);
        if (known) {
            heardOfLeader = true;
        } else if (hasLeader()) {
            leaderLostNanos = nanos.getAsLong();
        }
        leadership = changed;
        listener.leadershipChanged(changed);
    }

    private static boolean leaderIn(Leadership leadership) {
        return switch (leadership) {
            case Leadership.Leading leading -> true;
            case Leadership.Following(var leader) -> leader.isPresent();
        };
    }

    /** Nothing is read here any more; whoever waits is called. */
    public void close() {
        closed = true;
        List<Watches.Waiting> released = new ArrayList<>();
        locked(() -> {
            watches.gone(0, Long.MAX_VALUE, released);
            return null;
        });
        released.forEach(Watches.Waiting::call);
    }

    public ShardId shard() {
        return shard;
    }

    public Leadership leadership() {
        return leadership;
    }

    /** Work for the whole shard is done only where this holds. */
    public boolean leads() {
        return leadership instanceof Leadership.Leading;
    }

    /** Whether some process leads the shard, this one or another, as far as this one knows. */
    public boolean hasLeader() {
        return leaderIn(leadership);
    }

    /** For how long no leader has been known; 0 while one is. */
    public long leaderlessNanos() {
        return hasLeader() ? 0 : Math.max(1, nanos.getAsLong() - leaderLostNanos);
    }

    /**
     * Whether reads are served: what is known here is perhaps late, and never behind what has been read here before.
     * Look at it under the lock, or what it was said of may be replaced.
     */
    public boolean serves() {
        return caughtUp && heardOfLeader && !closed && leaderlessNanos() <= SERVES_WITHOUT_LEADER.toNanos();
    }

    /**
     * Whether everything is here that was here before, and what is not in segments can be read. An older snapshot was
     * perhaps restored and its log is replayed, or what a snapshot refers to was flushed by an entry still to come.
     */
    public boolean isCaughtUp() {
        return caughtUp;
    }

    /** Runs a short piece of code that sees the state between two entries. */
    public <T extends @Nullable Object> T locked(Supplier<T> code) {
        lock.lock();
        try {
            return code.get();
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. */
    public ShardState state() {
        return state;
    }

    /** Under the lock. */
    public Tail tail() {
        return tail;
    }

    /** Under the lock. */
    public Watches watches() {
        return watches;
    }

    /** Bytes of entries applied since this process started. */
    public long appliedBytes() {
        return appliedBytes;
    }

    /** The shard is nearly idle: what the next flush takes need not stay in memory. */
    public void dropCachedAfterFlush() {
        dropCached = true;
    }

    /** Everything up to this log index is in segments. */
    public long flushedUpTo() {
        return flushedUpTo;
    }

    /** Batches that are not in segments. */
    public long unflushedBatches() {
        return unflushedBatches;
    }

    /** Memory that the positions of these batches take, about, wherever their bytes are. */
    public long positionBytes() {
        return positionBytes;
    }

    /** The streams that are open now. */
    public OpenRanges open() {
        return open;
    }

    /** The streams that come and go. To be asked after {@link #open}: what is not open any more is found here. */
    public StreamMoves moves() {
        return moves;
    }

    private static long sizeOf(List<ByteBuffer> entry) {
        long size = 0;
        for (ByteBuffer piece : entry) {
            size += piece.remaining();
        }
        return size;
    }
}
