package io.weir.kafka.group.cell;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import io.weir.testsupport.cell.MemoryCellStore;
import io.weir.testsupport.process.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

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

    private static final class Told implements CellSlot.Cells {
        private final List<String> events = new CopyOnWriteArrayList<>();
        private volatile boolean wanted = true;

        @Override
        public boolean wants(CellId cell) {
            return wanted;
        }

        @Override
        public void acquired(CellSession session) {
            events.add("acquired");
        }

        @Override
        public void ended(CellSession session) {
            events.add("ended");
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
