package io.weir.kafka.group.cell;

import io.weir.contracts.cell.CellAppend;
import io.weir.contracts.cell.CellContents;
import io.weir.contracts.cell.CellRecord;
import io.weir.contracts.cell.CellStore;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One span of ownership of one cell: from its acquisition under an epoch until an append fails, or the owner gives up.
 * It ends once, and for good; the next span is another session under a higher epoch.
 *
 * <p>Threading: any thread; never blocks. Callbacks run on the store's thread.
 */
public final class CellSession {
    /** Most records of one append, so that a bug cannot make an entry of millions of tiny ones. */
    public static final int MAX_RECORDS = 1 << 16;

    private enum Phase {
        ACQUIRED,
        LOADING,
        OPEN,
        ENDED
    }

    private final CellStore store;
    private final CellId cell;
    private final Epoch epoch;
    private final InFlightBytes inFlight;
    private final BiConsumer<CellSession, String> onEnd;

    private Phase phase = Phase.ACQUIRED;
    private long next;
    private @Nullable CompletableFuture<Boolean> confirming;
    private @Nullable CompletableFuture<Boolean> confirmNext;
    private boolean appended;
    private long committedUpTo;

    private LongConsumer committed = position -> {};

    CellSession(
            CellStore store, CellId cell, Epoch epoch, InFlightBytes inFlight, BiConsumer<CellSession, String> onEnd) {
        this.store = store;
        this.cell = cell;
        this.epoch = epoch;
        this.inFlight = inFlight;
        this.onEnd = onEnd;
    }

    public CellId cell() {
        return cell;
    }

    public Epoch epoch() {
        return epoch;
    }

    /**
     * What the cell holds, to be followed by {@link #open} when it has been taken in. Fails with {@code NOT_LEADER}
     * when it was asked for before: what an open session holds is what was taken in once.
     */
    public CompletableFuture<CellContents> load() {
        synchronized (this) {
            if (phase != Phase.ACQUIRED) {
                return CompletableFuture.failedFuture(
                        new ServiceException(FailureCode.NOT_LEADER, cell + " at " + epoch + " is " + phase));
            }
            phase = Phase.LOADING;
        }
        try {
            return store.load(cell, epoch);
        } catch (RuntimeException | Error refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    /**
     * Appends are taken from now on, the first at this position.
     *
     * @param whenOpen runs unless the session has ended, and before it can end; must be short and must not block
     * @return whether the session is open
     */
    public synchronized boolean open(long nextPosition, Runnable whenOpen) {
        if (phase != Phase.LOADING) {
            return false;
        }
        phase = Phase.OPEN;
        next = nextPosition;
        committedUpTo = nextPosition;
        whenOpen.run();
        return true;
    }

    public synchronized boolean isOpen() {
        return phase == Phase.OPEN;
    }

    /** Whether an append of this session is known to be durable. */
    synchronized boolean hasAppended() {
        return appended;
    }

    /** Who is told where the durable log ends, in ascending order; must be short and must not block. */
    public synchronized void onCommitted(LongConsumer listener) {
        committed = listener;
    }

    /**
     * Appends at the position this session counts, without waiting for earlier appends.
     *
     * @param bytes keys and values together
     * @param whenDurable runs once the records are durable, after the listener of {@link #onCommitted}; never runs when
     *     the append fails, and then this session has ended
     * @return the position behind the records
     * @throws ServiceException {@code NOT_LEADER} when this session is not open; {@code OVERLOADED} when too many bytes
     *     are in flight, {@code STORAGE_FULL} when there is no room for the records, and then the session goes on
     */
    public synchronized long append(List<CellRecord> records, int bytes, Runnable whenDurable) {
        if (phase != Phase.OPEN) {
            throw new ServiceException(FailureCode.NOT_LEADER, cell + " at " + epoch + " is " + phase);
        }
        if (records.size() > MAX_RECORDS || bytes > CellStore.MAX_APPEND_BYTES) {
            throw new IllegalArgumentException("Append to " + cell + " of " + records.size() + " records and " + bytes
                    + " bytes is larger than " + MAX_RECORDS + " records or " + CellStore.MAX_APPEND_BYTES + " bytes");
        }
        if (!inFlight.tryTake(bytes)) {
            throw new ServiceException(FailureCode.OVERLOADED, inFlight.taken() + " bytes are on their way to cells");
        }
        CompletableFuture<CellAppend> appending;
        try {
            appending = send(next, records);
        } catch (ServiceException noRoom) {
            inFlight.giveBack(bytes);
            throw noRoom;
        }
        long end = next + records.size();
        next = end;
        var _ = appending.whenComplete((result, failure) -> {
            inFlight.giveBack(bytes);
            settle(end, whenDurable, result, failure);
        });
        return end;
    }

    /**
     * Whether this session's epoch was still the cell's after the call was made. What this session knew to be durable
     * at the call was then all there was. Calls made while one is on its way share the next.
     */
    public CompletableFuture<Boolean> confirm() {
        CompletableFuture<Boolean> mine;
        synchronized (this) {
            if (phase != Phase.OPEN) {
                return CompletableFuture.completedFuture(false);
            }
            if (confirmNext != null) {
                return confirmNext;
            }
            mine = new CompletableFuture<>();
            if (confirming != null) {
                confirmNext = mine;
                return mine;
            }
            confirming = mine;
        }
        sendConfirmation(mine);
        return mine;
    }

    /** An append of nothing: it is refused for the same reasons as any other. */
    private void sendConfirmation(CompletableFuture<Boolean> mine) {
        synchronized (this) {
            long position = next;
            var _ = send(position, List.of()).whenComplete((result, failure) -> {
                settle(position, () -> {}, result, failure);
                CompletableFuture<Boolean> following;
                synchronized (this) {
                    following = confirmNext;
                    confirming = following;
                    confirmNext = null;
                }
                mine.complete(isOpen());
                if (following != null) {
                    sendConfirmation(following);
                }
            });
        }
    }

    private CompletableFuture<CellAppend> send(long position, List<CellRecord> records) {
        try {
            return store.append(cell, epoch, position, records);
        } catch (ServiceException noRoom) {
            throw noRoom;
        } catch (RuntimeException | Error unknown) {
            return CompletableFuture.failedFuture(unknown);
        }
    }

    private void settle(long end, Runnable whenDurable, @Nullable CellAppend result, @Nullable Throwable failure) {
        if (result == null) {
            end(String.valueOf(failure));
            return;
        }
        switch (result) {
            case CellAppend.Appended(long position) -> {
                if (position != end) {
                    end("The log ends at " + position + " where " + end + " was expected");
                } else if (announce(end)) {
                    whenDurable.run();
                }
            }
            case CellAppend.Fenced() -> end("Another epoch owns the cell");
            case CellAppend.WrongPosition(long actual) -> end("The log ends at " + actual + ", not before " + end);
            case CellAppend.Unknown(String message) -> end("An append's outcome is unknown: " + message);
        }
    }

    private synchronized boolean announce(long end) {
        if (phase != Phase.OPEN) {
            return false;
        }
        appended = true;
        if (end > committedUpTo) {
            committedUpTo = end;
            committed.accept(end);
        }
        return true;
    }

    /** Ends this session; does nothing when it has ended. */
    public void end(String why) {
        synchronized (this) {
            if (phase == Phase.ENDED) {
                return;
            }
            phase = Phase.ENDED;
        }
        onEnd.accept(this, why);
    }
}
