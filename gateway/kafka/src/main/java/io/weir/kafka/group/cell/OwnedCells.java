package io.weir.kafka.group.cell;

import io.weir.contracts.cell.CellStore;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.MetadataImage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Every cell, and what this node does about owning it: it acquires each, tells the listener, and when a session ends it
 * acquires the cell again after a bounded back-off.
 *
 * <p>Threading: any thread; never blocks. The listener is called on the store's threads or the given clock's.
 */
public final class OwnedCells {
    private static final Logger LOG = LoggerFactory.getLogger(OwnedCells.class);

    /** A cell that another node owns is asked for again after this, should no image tell that it is free. */
    private static final Duration OWNED_ELSEWHERE_RETRY = Duration.ofSeconds(15);

    private static final Duration FIRST_BACK_OFF = Duration.ofMillis(5);

    /** What is done with a session. */
    public interface Listener {
        /** The cell is ours: load it, then open the session. Called before any other use of the session. */
        void acquired(CellSession session);

        /** The session has ended; the cell will be acquired again, under another session. */
        void ended(CellSession session);
    }

    private final CellStore store;
    private final NodeId node;
    private final Duration maxBackOff;
    private final ScheduledExecutorService clock;
    private final Listener listener;
    private final InFlightBytes inFlight;
    /** Cells that are wanted and not had; only the first of them is a warning: they mostly go together. */
    private final Set<CellId> lacking = new HashSet<>();

    private final List<Slot> slots = new ArrayList<>(CellStore.CELLS);
    private volatile boolean closed;

    /**
     * Owns nothing before {@link #start}.
     *
     * @param maxBackOff longest wait before a cell is acquired again
     * @param maxInFlightBytes bound on what is appended and not yet durable, all cells together
     */
    public OwnedCells(
            CellStore store,
            NodeId node,
            Duration maxBackOff,
            long maxInFlightBytes,
            ScheduledExecutorService clock,
            Listener listener) {
        this.store = store;
        this.node = node;
        this.maxBackOff = maxBackOff;
        this.clock = clock;
        this.listener = listener;
        this.inFlight = new InFlightBytes(maxInFlightBytes);
        for (int cell = 0; cell < CellStore.CELLS; cell++) {
            slots.add(new Slot(new CellId(cell)));
        }
    }

    /** Begins to acquire all cells. */
    public void start() {
        slots.forEach(Slot::acquire);
    }

    /** The cell's present session; empty while there is none. */
    public Optional<CellSession> session(CellId cell) {
        return Optional.ofNullable(slots.get(cell.value()).session);
    }

    /**
     * Completes when the cell's session has been opened; at once when it is open now. Completes exceptionally after
     * close.
     */
    public CompletableFuture<Void> opened(CellId cell) {
        return slots.get(cell.value()).opened;
    }

    /** Completes when every cell that no other node owns is open. */
    public CompletableFuture<Void> allOpened() {
        return CompletableFuture.allOf(slots.stream()
                .filter(slot -> !slot.waitsForOwner)
                .map(slot -> slot.opened)
                .toArray(CompletableFuture[]::new));
    }

    /** To be called when a session has been opened. */
    public void hasOpened(CellSession session) {
        Slot slot = slots.get(session.cell().value());
        CompletableFuture<Void> waiting;
        synchronized (slot) {
            if (slot.session != session) {
                return;
            }
            waiting = slot.opened;
        }
        waiting.complete(null);
        has(session.cell());
    }

    private LoggingEventBuilder lacks(CellId cell) {
        synchronized (lacking) {
            LoggingEventBuilder event = lacking.isEmpty() ? LOG.atWarn() : LOG.atDebug();
            lacking.add(cell);
            return event.addKeyValue("cell", cell);
        }
    }

    private void has(CellId cell) {
        synchronized (lacking) {
            if (lacking.remove(cell) && lacking.isEmpty()) {
                LOG.atInfo().log("Every cell that was lacking is there again");
            }
        }
    }

    /** How many cells are open. */
    public long openCount() {
        return slots.stream().filter(slot -> slot.opened.isDone()).count();
    }

    /** Tells of cells that have no owner any more: those are acquired at once. */
    public void imageChanged(MetadataImage image) {
        for (Slot slot : slots) {
            if (slot.waitsForOwner && image.cellOwner(slot.cell).isEmpty()) {
                slot.acquire();
            }
        }
    }

    /** Ends every session and gives the cells up, so that others need not wait for the lease to run out. */
    public CompletableFuture<Void> close() {
        closed = true;
        List<CompletableFuture<Void>> resignations = new ArrayList<>();
        for (Slot slot : slots) {
            CellSession session = slot.session;
            if (session != null) {
                session.end("The gateway closes");
                resignations.add(store.resign(session.cell(), session.epoch()));
            }
            slot.neverOpens();
        }
        return CompletableFuture.allOf(resignations.toArray(CompletableFuture[]::new));
    }

    /** One cell's place. Its lock is never held while a session, the store or the listener is called. */
    private final class Slot {
        private final CellId cell;
        private volatile @Nullable CellSession session;
        private volatile CompletableFuture<Void> opened = new CompletableFuture<>();
        private volatile boolean waitsForOwner;
        private boolean acquiring;
        private int failures;
        /** At most one: a cell that others own is also asked for when the image says that it is free. */
        private @Nullable Future<?> retry;

        Slot(CellId cell) {
            this.cell = cell;
        }

        void neverOpens() {
            ServiceException closing = new ServiceException(FailureCode.SHUTTING_DOWN, cell + " is given up");
            CompletableFuture<Void> waiting;
            synchronized (this) {
                waiting = opened;
                opened = CompletableFuture.failedFuture(closing);
            }
            waiting.completeExceptionally(closing);
        }

        void acquire() {
            synchronized (this) {
                if (closed || acquiring || session != null) {
                    return;
                }
                acquiring = true;
                waitsForOwner = false;
                cancelRetry();
            }
            CompletableFuture<Optional<Epoch>> acquisition;
            try {
                acquisition = store.acquire(cell, node);
            } catch (RuntimeException refused) {
                acquisition = CompletableFuture.failedFuture(refused);
            }
            var _ = acquisition.whenComplete((epoch, failure) -> {
                if (failure == null) {
                    acquired(epoch);
                } else {
                    refused(failure);
                }
            });
        }

        private void acquired(Optional<Epoch> epoch) {
            CellSession mine =
                    epoch.isEmpty() ? null : new CellSession(store, cell, epoch.get(), inFlight, this::ended);
            synchronized (this) {
                acquiring = false;
                waitsForOwner = epoch.isEmpty();
                session = mine;
            }
            if (mine == null) {
                has(cell);
                again(OWNED_ELSEWHERE_RETRY);
                return;
            }
            listener.acquired(mine);
            if (closed) {
                mine.end("The gateway closes");
            }
        }

        private void refused(Throwable failure) {
            synchronized (this) {
                acquiring = false;
            }
            lacks(cell)
                    .addKeyValue(
                            "failureCode", ServiceException.of(failure).code().label())
                    .log("Cannot acquire a cell; trying again");
            again(backOff());
        }

        private void ended(CellSession over, String why) {
            boolean worked = over.hasAppended();
            synchronized (this) {
                if (session != over) {
                    return;
                }
                session = null;
                if (opened.isDone()) {
                    opened = new CompletableFuture<>();
                }
                if (worked) {
                    failures = 0;
                }
            }
            listener.ended(over);
            if (!closed) {
                lacks(cell)
                        .addKeyValue("epoch", over.epoch())
                        .addKeyValue("reason", why)
                        .log("A cell is given up, and will be acquired and loaded again");
                again(backOff());
            }
        }

        /** Doubles with each session that failed without having appended anything, with up to a quarter at random. */
        private synchronized Duration backOff() {
            long doubled = FIRST_BACK_OFF.toMillis() << Math.min(failures, 20);
            failures++;
            long bounded = Math.min(doubled, maxBackOff.toMillis());
            return Duration.ofMillis(bounded + Math.floorMod(cell.value() * 31L + failures * 17L, bounded / 4 + 1));
        }

        private synchronized void again(Duration delay) {
            cancelRetry();
            try {
                retry = clock.schedule(this::acquire, delay.toMillis(), TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException closing) {
                LOG.atDebug().addKeyValue("cell", cell).log("The cell stays given up: the gateway closes");
            }
        }

        private void cancelRetry() {
            Future<?> pending = retry;
            if (pending != null) {
                pending.cancel(false);
                retry = null;
            }
        }
    }
}
