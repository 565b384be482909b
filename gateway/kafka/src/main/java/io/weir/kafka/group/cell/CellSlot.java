package io.weir.kafka.group.cell;

import io.weir.contracts.cell.CellStore;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One cell at this node: what there is, and what is under way. It does as it is told and says when it is done; whether
 * the cell is to be here is for {@link OwnedCells} to decide.
 *
 * <p>Threading: any thread; never blocks. Its lock is never held while a session, the store or anybody else is called.
 */
final class CellSlot {
    private static final Logger LOG = LoggerFactory.getLogger(CellSlot.class);
    private static final Duration FIRST_BACK_OFF = Duration.ofMillis(5);

    /** What is so now. */
    sealed interface State {
        /** The cell is not here, and nothing is under way. */
        record Without() implements State {}

        /** As {@link Without}, until a back-off is over. */
        record BackingOff(Future<?> alarm) implements State {}

        /** The store was asked for the cell. */
        record Acquiring() implements State {}

        /** The cell is here. */
        record Owning(CellSession session) implements State {}

        /** The store was told that the cell is given up. */
        record Resigning() implements State {}

        /** Nothing will be here any more. */
        record Closed() implements State {}
    }

    /** Who looks after all slots. */
    interface Cells {
        /** Whether the cell is still to be here. */
        boolean wants(CellId cell);

        /** The session is this slot's from now on. If this fails, the session ends. */
        void acquired(CellSession session);

        /** Once for each session that was {@link #acquired}, after that has returned. */
        void ended(CellSession session);

        /** The cell was wanted and is not had. */
        void lacks(CellId cell, String reason);

        /** What was under way is over: the next thing can be decided. */
        void changed();

        /** The place among those that are being opened, which was needed to acquire, is free. */
        void opensNoMore();
    }

    /** What all slots of a node share. */
    record Shared(
            CellStore store,
            NodeId node,
            Duration maxBackOff,
            ScheduledExecutorService clock,
            InFlightBytes inFlight,
            Cells cells) {}

    private final CellId cell;
    private final Shared shared;
    private volatile State state = new State.Without();
    private volatile Awaited opened = new Awaited();
    /** Whose end is followed by the cell's resignation. */
    private @Nullable CellSession givenUp;

    private boolean opening;
    private int failures;

    CellSlot(CellId cell, Shared shared) {
        this.cell = cell;
        this.shared = shared;
    }

    CellId cell() {
        return cell;
    }

    State state() {
        return state;
    }

    Optional<CellSession> session() {
        return state instanceof State.Owning(CellSession session) ? Optional.of(session) : Optional.empty();
    }

    /** Completes when the session has been opened; exceptionally when the cell is given up for good. */
    CompletableFuture<Void> opened() {
        return opened.event();
    }

    /** Whether the session is open within a moment. */
    CompletableFuture<Boolean> openedSoon() {
        return opened.soon();
    }

    /**
     * Asks for the cell, for which the caller has taken a place.
     *
     * @return false, and the place is not needed, when something is under way
     */
    boolean acquire() {
        synchronized (this) {
            if (!(state instanceof State.Without)) {
                return false;
            }
            state = new State.Acquiring();
            opening = true;
        }
        CompletableFuture<Optional<Epoch>> acquisition;
        try {
            acquisition = shared.store().acquire(cell, shared.node());
        } catch (RuntimeException | Error refused) {
            acquisition = CompletableFuture.failedFuture(refused);
        }
        var _ = acquisition.whenComplete((epoch, failure) -> {
            if (failure != null) {
                refused(failure);
            } else if (epoch.isEmpty()) {
                // Another node owns it, and the image is about to show it.
                without(backOff());
            } else {
                acquired(epoch.get());
            }
        });
        return true;
    }

    /**
     * Once the state is set anybody may end the session, while the others are still being told of it. That end waits
     * until they have been: who hears of an end first takes the session for one that is yet to be loaded, for ever.
     */
    private void acquired(Epoch epoch) {
        CompletableFuture<Void> told = new CompletableFuture<>();
        CellSession mine = new CellSession(shared.store(), cell, epoch, shared.inFlight(), (over, why) -> {
            var _ = told.thenRun(() -> ended(over, why));
        });
        boolean wanted = shared.cells().wants(cell);
        boolean closed;
        synchronized (this) {
            closed = state instanceof State.Closed;
            if (!closed) {
                state = wanted ? new State.Owning(mine) : new State.Resigning();
            }
        }
        if (wanted && !closed) {
            try {
                shared.cells().acquired(mine);
            } catch (RuntimeException | Error failure) {
                mine.end("Taking it in failed: " + failure);
            }
            told.complete(null);
            shared.cells().changed();
        } else {
            // What it was asked for may be shown for a while yet: not again at once.
            resign(epoch, backOff());
        }
    }

    private void refused(Throwable failure) {
        shared.cells().lacks(cell, ServiceException.of(failure).code().label());
        without(backOff());
    }

    /** The session has been opened. */
    void hasOpened(CellSession session) {
        Awaited waiting;
        synchronized (this) {
            if (!(state instanceof State.Owning(CellSession mine)) || mine != session) {
                return;
            }
            waiting = opened;
        }
        waiting.event().complete(null);
        freePlace();
    }

    /** Ends the session and gives the cell up, once whoever ends it has told so. */
    void giveUp(CellSession session, String why) {
        synchronized (this) {
            if (!(state instanceof State.Owning(CellSession mine)) || mine != session) {
                return;
            }
            state = new State.Resigning();
            givenUp = session;
        }
        session.end(why);
    }

    /** @param pause before the cell is asked for again, once it is given up; none if it was had */
    private void resign(Epoch epoch, @Nullable Duration pause) {
        CompletableFuture<Void> resignation;
        try {
            resignation = shared.store().resign(cell, epoch);
        } catch (RuntimeException | Error refused) {
            resignation = CompletableFuture.failedFuture(refused);
        }
        var _ = resignation.whenComplete((done, failure) -> {
            if (failure != null) {
                without(backOff());
            } else if (pause != null) {
                without(pause);
            } else {
                synchronized (this) {
                    failures = 0;
                    if (state instanceof State.Resigning) {
                        state = new State.Without();
                    }
                }
                freePlace();
                shared.cells().changed();
            }
        });
    }

    private void ended(CellSession over, String why) {
        boolean lost;
        boolean resigned;
        synchronized (this) {
            lost = state instanceof State.Owning(CellSession mine) && mine == over;
            resigned = givenUp == over;
            givenUp = null;
            if (opened().isDone() && !(state instanceof State.Closed)) {
                opened = new Awaited();
            }
            if (over.hasAppended()) {
                failures = 0;
            }
        }
        try {
            shared.cells().ended(over);
        } catch (RuntimeException | Error bug) {
            // There is no session any more, whatever they make of it: the cell must not be stuck here.
            LOG.atError().setCause(bug).addKeyValue("cell", cell).log("The end of a cell's session could not be told");
        }
        if (lost) {
            shared.cells().lacks(cell, why);
            without(backOff());
        } else {
            freePlace();
            if (resigned) {
                resign(over.epoch(), null);
            }
        }
    }

    /** There is no session for a while. */
    private void without(Duration backOff) {
        synchronized (this) {
            if (!(state instanceof State.Closed)) {
                try {
                    state = new State.BackingOff(
                            shared.clock().schedule(this::backedOff, backOff.toMillis(), TimeUnit.MILLISECONDS));
                } catch (RejectedExecutionException closing) {
                    state = new State.Without();
                } catch (Error noThread) {
                    // Whoever looks next goes on.
                    LOG.atWarn().setCause(noThread).addKeyValue("cell", cell).log("A cell's pause has no alarm");
                    state = new State.Without();
                }
            }
        }
        freePlace();
    }

    private void backedOff() {
        synchronized (this) {
            if (state instanceof State.BackingOff) {
                state = new State.Without();
            }
        }
        shared.cells().changed();
    }

    private void freePlace() {
        synchronized (this) {
            if (!opening) {
                return;
            }
            opening = false;
        }
        shared.cells().opensNoMore();
    }

    /** Doubles with each attempt that came to nothing that was appended, with up to a quarter at random. */
    private synchronized Duration backOff() {
        long doubled = FIRST_BACK_OFF.toMillis() << Math.min(failures, 20);
        failures++;
        long bounded = Math.min(doubled, shared.maxBackOff().toMillis());
        return Duration.ofMillis(bounded + Math.floorMod(cell.value() * 31L + failures * 17L, bounded / 4 + 1));
    }

    /**
     * Ends the session, and takes no other one.
     *
     * @return the session there was
     */
    Optional<CellSession> close(String why) {
        Awaited waiting;
        State before;
        ServiceException closing = new ServiceException(FailureCode.SHUTTING_DOWN, cell + " is given up");
        synchronized (this) {
            before = state;
            state = new State.Closed();
            waiting = opened;
            opened = new Awaited(CompletableFuture.failedFuture(closing));
        }
        waiting.event().completeExceptionally(closing);
        return switch (before) {
            case State.Owning(CellSession session) -> {
                session.end(why);
                yield Optional.of(session);
            }
            case State.BackingOff(Future<?> alarm) -> {
                alarm.cancel(false);
                yield Optional.empty();
            }
            case State.Without _, State.Acquiring _, State.Resigning _, State.Closed _ -> Optional.empty();
        };
    }
}
