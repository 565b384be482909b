package io.weir.kafka.group.cell;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.weir.contracts.cell.CellAppend;
import io.weir.contracts.cell.CellContents;
import io.weir.contracts.cell.CellRecord;
import io.weir.contracts.cell.CellStore;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.kafka.LogLines;
import io.weir.testsupport.cell.MemoryCellStore;
import io.weir.testsupport.process.Await;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CellSlotTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final CellId CELL = new CellId(7);
    private static final NodeId SELF = new NodeId(1);

    private final MemoryCellStore store = new MemoryCellStore();
    private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1);
    private final Told told = new Told();
    private final InFlightBytes inFlight = new InFlightBytes(1);
    private final CellSlot slot = slotOf(store);

    private CellSlot slotOf(CellStore cells) {
        return slotOf(cells, clock);
    }

    private CellSlot slotOf(CellStore cells, ScheduledExecutorService alarms) {
        return new CellSlot(CELL, new CellSlot.Shared(cells, SELF, Duration.ofSeconds(1), alarms, inFlight, told));
    }

    @AfterEach
    void stop() {
        clock.shutdownNow();
    }

    @Test
    void aCellIsFreeOnlyAfterTheEndOfItsSessionIsTold() throws InterruptedException {
        assertThat(slot.acquire()).isTrue();
        CellSession session = slot.session().orElseThrow();
        told.events.clear();
        Thread ending = Thread.ofPlatform().unstarted(() -> session.end("An append failed"));

        // When it is given up while somebody else ends the session, and has not come to the slot yet
        synchronized (slot) {
            ending.start();
            Await.until("the other to wait", PATIENCE, () -> ending.getState() == Thread.State.BLOCKED);
            slot.giveUp(session, "The cell's place is elsewhere");
            assertThat(store.owner(CELL)).contains(SELF);
            assertThat(told.events).isEmpty();
        }
        ending.join();

        // Then
        assertThat(store.owner(CELL)).isEmpty();
        assertThat(told.events).containsExactly("ended", "opens no more", "changed");
    }

    /** An image that lags may go on showing what it was asked for. */
    @Test
    void aCellThatWasAcquiredToBeGivenUpIsNotAskedForAgainAtOnce() {
        told.wanted = false;

        // The pause is short: nothing gets further meanwhile.
        synchronized (slot) {
            assertThat(slot.acquire()).isTrue();
            assertThat(store.owner(CELL)).isEmpty();
            assertThat(slot.acquire()).isFalse();
        }
        Await.until("the pause to be over", PATIENCE, () -> told.events.contains("changed"));
        assertThat(told.events).containsExactly("opens no more", "changed");
        assertThat(slot.acquire()).isTrue();
    }

    @Test
    void aCellThatIsGivenUpWhileItsAcquisitionIsToldIsTakenFirstAndGivenUpThen() {
        told.whileAcquired = session -> elsewhere(() -> slot.giveUp(session, "The cell's place is elsewhere"));

        assertThat(slot.acquire()).isTrue();

        assertThat(told.events).containsExactly("acquired", "ended", "opens no more", "changed", "changed");
        assertThat(store.owner(CELL)).isEmpty();
        assertThat(slot.acquire()).as("it can be asked for again").isTrue();
    }

    @Test
    void aSessionThatEndsWhileItsAcquisitionIsToldIsTakenFirstAndComesAgain() {
        told.whileAcquired = session -> elsewhere(() -> session.end("Somebody else owns the cell"));

        assertThat(slot.acquire()).isTrue();

        // A pause that is over at once may be told before what follows its beginning.
        assertThat(told.events).startsWith("acquired", "ended", "lacks").contains("opens no more", "changed");
        awaitBackedOff();
        assertThat(told.events).containsOnlyOnce("ended");
        told.whileAcquired = session -> {};
        assertThat(slot.acquire()).isTrue();
        assertThat(slot.session()).isPresent();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void twoEndsWhileTheAcquisitionIsToldAreOne(boolean givenUpFirst) {
        told.whileAcquired = session -> {
            Runnable giveUp = () -> slot.giveUp(session, "The cell's place is elsewhere");
            Runnable end = () -> session.end("Somebody else owns the cell");
            elsewhere(givenUpFirst ? giveUp : end);
            elsewhere(givenUpFirst ? end : giveUp);
        };

        assertThat(slot.acquire()).isTrue();

        assertThat(told.events).containsExactly("acquired", "ended", "opens no more", "changed", "changed");
        assertThat(store.owner(CELL)).isEmpty();
        assertThat(slot.acquire()).as("it can be asked for again").isTrue();
    }

    @Test
    void aSlotThatIsClosedWhileAnAcquisitionIsToldTellsTheEndAfterIt() {
        List<CellSession> closed = new CopyOnWriteArrayList<>();
        told.whileAcquired =
                session -> elsewhere(() -> slot.close("The gateway closes").ifPresent(closed::add));

        assertThat(slot.acquire()).isTrue();

        assertThat(told.events).containsExactly("acquired", "ended", "opens no more", "changed");
        assertThat(closed).hasSize(1);
        assertThat(slot.acquire()).isFalse();
    }

    @Test
    void aCellThatIsGivenUpIsFreeAlthoughItsSlotIsClosedBeforeTheEndIsTold() {
        told.whileAcquired = session -> {
            elsewhere(() -> slot.giveUp(session, "The cell's place is elsewhere"));
            elsewhere(() -> assertThat(slot.close("The gateway closes")).isEmpty());
        };

        assertThat(slot.acquire()).isTrue();

        assertThat(told.events).containsExactly("acquired", "ended", "opens no more", "changed", "changed");
        assertThat(store.owner(CELL)).isEmpty();
        assertThat(slot.acquire()).isFalse();
    }

    @Test
    void nothingIsHeldWhileTheOthersAreTold() {
        told.whileAcquired = session -> elsewhere(this::useSlot);
        told.whileEnded = this::useSlotElsewhere;

        assertThat(slot.acquire()).isTrue();
        CellSession session = slot.session().orElseThrow();
        session.end("An append failed");

        assertThat(told.events).startsWith("acquired", "changed", "ended");
    }

    private void useSlotElsewhere() {
        elsewhere(this::useSlot);
    }

    /** Takes the slot's lock. */
    private void useSlot() {
        assertThat(slot.acquire()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCellThatCannotBeTakenInComesAgainLater(boolean bug) {
        told.whileAcquired = session -> fail(bug);

        assertThat(slot.acquire()).isTrue();

        // A pause that is over at once may be told before what follows its beginning.
        assertThat(told.events).startsWith("acquired", "ended", "lacks").contains("opens no more", "changed");
        awaitBackedOff();
        told.whileAcquired = session -> {};
        assertThat(slot.acquire()).isTrue();
        assertThat(slot.session()).isPresent();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anEndThatCannotBeToldKeepsNobodyFromGoingOn(boolean givenUp) {
        try (LogLines log = new LogLines(CellSlot.class.getName(), Level.ERROR)) {
            assertThat(slot.acquire()).isTrue();
            CellSession session = slot.session().orElseThrow();
            told.whileEnded = () -> fail(true);

            if (givenUp) {
                slot.giveUp(session, "The cell's place is elsewhere");
                assertThat(store.owner(CELL)).isEmpty();
            } else {
                session.end("An append failed");
                awaitBackedOff();
            }

            assertThat(slot.acquire()).as("it can be asked for again").isTrue();
            assertThat(told.events).containsOnlyOnce("ended").contains("opens no more");
            assertThat(log.lines()).singleElement().asString().contains("could not be told", CELL.toString());
        }
    }

    @Test
    void aStoreThatHasNoThreadForACellIsAskedAgainLater() {
        CellSlot unlucky = slotOf(new ThreadlessOnce(store, new CopyOnWriteArrayList<>(List.of("acquire"))));

        assertThat(unlucky.acquire()).isTrue();

        assertThat(told.events).startsWith("lacks").contains("opens no more");
        awaitBackedOff();
        assertThat(unlucky.acquire()).isTrue();
        assertThat(unlucky.session()).isPresent();
    }

    @Test
    void aStoreThatHasNoThreadToGiveACellUpIsAskedForItAgainLater() {
        CellSlot unlucky = slotOf(new ThreadlessOnce(store, new CopyOnWriteArrayList<>(List.of("resign"))));
        assertThat(unlucky.acquire()).isTrue();
        told.events.clear();

        unlucky.giveUp(unlucky.session().orElseThrow(), "The cell's place is elsewhere");

        assertThat(told.events).startsWith("ended", "opens no more");
        awaitBackedOff();
        assertThat(unlucky.acquire()).isTrue();
        assertThat(unlucky.session()).isPresent();
    }

    @Test
    void aPauseForWhichThereIsNoThreadLeavesTheCellToWhoeverLooksNext() {
        ScheduledThreadPoolExecutor threadless = new ScheduledThreadPoolExecutor(1, task -> {
            throw new Error("unable to create native thread");
        });
        CellSlot unlucky = slotOf(store, threadless);
        assertThat(unlucky.acquire()).isTrue();
        CellSession session = unlucky.session().orElseThrow();

        session.end("An append failed");

        assertThat(told.events).endsWith("ended", "lacks", "opens no more");
        assertThat(unlucky.session()).isEmpty();
        assertThat(unlucky.acquire()).isTrue();
    }

    @Test
    void aStoreThatHasNoThreadToLoadOrToAppendEndsTheSession() {
        CellSlot unlucky = slotOf(new ThreadlessOnce(store, new CopyOnWriteArrayList<>(List.of("load", "append"))));
        assertThat(unlucky.acquire()).isTrue();

        assertThat(unlucky.session().orElseThrow().load()).isCompletedExceptionally();

        unlucky.session().orElseThrow().end("Loading failed");
        awaitBackedOff();
        assertThat(unlucky.acquire()).isTrue();
        CellSession session = unlucky.session().orElseThrow();
        assertThat(session.open(session.load().join().nextPosition(), () -> {})).isTrue();
        session.append(List.of(), 1, () -> {});
        assertThat(session.isOpen()).isFalse();
        assertThat(inFlight.taken()).isZero();
    }

    private static void fail(boolean bug) {
        if (bug) {
            throw new IllegalStateException("Asked for by the test");
        }
        throw new Error("Asked for by the test");
    }

    /** On another thread, and to its end. */
    private static void elsewhere(Runnable change) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> {
            try {
                change.run();
                done.complete(null);
            } catch (RuntimeException | Error failure) {
                done.completeExceptionally(failure);
            }
        });
        done.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    private void awaitBackedOff() {
        Await.until("the pause to be over", PATIENCE, () -> clock.getCompletedTaskCount() == 1);
    }

    /** Fails once each with the named calls. */
    private record ThreadlessOnce(MemoryCellStore store, List<String> refused) implements CellStore {
        private void start(String call) {
            if (refused.remove(call)) {
                throw new Error("unable to create native thread");
            }
        }

        @Override
        public CompletableFuture<Optional<Epoch>> acquire(CellId cell, NodeId owner) {
            start("acquire");
            return store.acquire(cell, owner);
        }

        @Override
        public CompletableFuture<CellAppend> append(
                CellId cell, Epoch epoch, long expectedPosition, List<CellRecord> records) {
            start("append");
            return store.append(cell, epoch, expectedPosition, records);
        }

        @Override
        public CompletableFuture<CellContents> load(CellId cell, Epoch epoch) {
            start("load");
            return store.load(cell, epoch);
        }

        @Override
        public CompletableFuture<Void> resign(CellId cell, Epoch epoch) {
            start("resign");
            return store.resign(cell, epoch);
        }
    }

    private static final class Told implements CellSlot.Cells {
        private final List<String> events = new CopyOnWriteArrayList<>();
        private volatile boolean wanted = true;
        private volatile Consumer<CellSession> whileAcquired = session -> {};
        private volatile Runnable whileEnded = () -> {};

        @Override
        public boolean wants(CellId cell) {
            return wanted;
        }

        @Override
        public void acquired(CellSession session) {
            try {
                whileAcquired.accept(session);
            } finally {
                events.add("acquired");
            }
        }

        @Override
        public void ended(CellSession session) {
            events.add("ended");
            whileEnded.run();
        }

        @Override
        public void lacks(CellId cell, String reason) {
            events.add("lacks");
        }

        @Override
        public void changed() {
            events.add("changed");
        }

        @Override
        public void opensNoMore() {
            events.add("opens no more");
        }
    }
}
