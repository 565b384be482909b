package io.weir.kafka.group.cell;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import io.weir.testsupport.cell.MemoryCellStore;
import io.weir.testsupport.process.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
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
    private final CellSlot slot = new CellSlot(
            CELL, new CellSlot.Shared(store, SELF, Duration.ofSeconds(1), clock, new InFlightBytes(1), told));

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

        assertThat(told.events).startsWith("acquired", "ended", "lacks", "opens no more", "changed");
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
            whileAcquired.accept(session);
            events.add("acquired");
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
