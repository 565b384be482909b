package io.weir.kafka.group.cell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import io.weir.contracts.cell.CellRecord;
import io.weir.contracts.cell.CellStore;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import io.weir.kafka.LogLines;
import io.weir.testsupport.cell.MemoryCellStore;
import io.weir.testsupport.cell.MemoryCellStore.Failure;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.testsupport.process.Await;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OwnedCellsTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final NodeId ME = new NodeId(1);
    private static final NodeId OTHER = new NodeId(2);
    private static final CellId CELL = new CellId(7);
    private static final int BOUND = 1 << 20;

    private final MemoryCellStore store = new MemoryCellStore();
    private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1);
    private final Recorder recorder = new Recorder();
    private final OwnedCells cells = new OwnedCells(store, ME, Duration.ofMillis(20), BOUND, clock, recorder);

    @AfterEach
    void close() {
        clock.shutdownNow();
    }

    @Test
    void acquiresACellAgainUnderAHigherEpochAfterAFailure() {
        cells.start();
        CellSession first = open();
        store.failNextAppends(Failure.UNKNOWN_LOST);

        first.append(records(1), 1, () -> {});

        assertThat(first.isOpen()).isFalse();
        Await.until("a new session", PATIENCE, () -> cells.session(CELL).isPresent());
        assertThat(session().epoch().value()).isGreaterThan(first.epoch().value());
        assertThat(recorder.ended).contains(first);
    }

    @Test
    void anEndedSessionTakesNothingAndAnnouncesNothing() {
        cells.start();
        CellSession session = open();
        List<Long> committed = new ArrayList<>();
        session.onCommitted(committed::add);
        store.hold();
        session.append(records(3), 3, () -> committed.add(-1L));
        session.end("asked for");

        store.release();

        assertThat(committed).isEmpty();
        assertThatThrownBy(() -> session.append(records(1), 1, () -> {}))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(FailureCode.NOT_LEADER));
    }

    @Test
    void refusesAppendsBeforeItIsOpen() {
        cells.start();

        assertThatThrownBy(() -> session().append(records(1), 1, () -> {})).isInstanceOf(ServiceException.class);
    }

    @Test
    void boundsTheBytesInFlightAndGoesOnWhenTheyAreDurable() {
        cells.start();
        CellSession session = open();
        store.hold();
        session.append(records(1), BOUND, () -> {});

        assertThatThrownBy(() -> session.append(records(1), 1, () -> {}))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(FailureCode.OVERLOADED));
        store.release();

        assertThat(session.isOpen()).isTrue();
        assertThat(session.append(records(1), 1, () -> {})).isEqualTo(2);
    }

    @Test
    void refusesAnAppendThatIsTooLarge() {
        cells.start();
        CellSession session = open();

        assertThatThrownBy(() -> session.append(records(CellSession.MAX_RECORDS + 1), 1, () -> {}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> session.append(records(1), BOUND + 1, () -> {}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(session.isOpen()).isTrue();
    }

    @Test
    void confirmationsMadeTogetherShareTheNextRoundTrip() {
        cells.start();
        CellSession session = open();
        store.hold();

        var first = session.confirm();
        var second = session.confirm();
        var third = session.confirm();

        assertThat(store.heldBack()).isEqualTo(1);
        assertThat(third).isSameAs(second);
        store.release();
        assertThat(first).isCompletedWithValue(true);
        assertThat(second).isCompletedWithValue(true);
    }

    @Test
    void aConfirmationFindsThatTheCellWasLost() {
        cells.start();
        CellSession session = open();
        store.expire(ME);
        assertThat(store.acquire(CELL, OTHER)).isCompletedWithValueMatching(epoch -> epoch.isPresent());

        assertThat(session.confirm()).isCompletedWithValue(false);
        assertThat(session.isOpen()).isFalse();
    }

    @Test
    void takesACellThatAnotherNodeOwnedOnceTheImageShowsItFree() {
        assertThat(store.acquire(CELL, OTHER)).isCompletedWithValueMatching(epoch -> epoch.isPresent());
        cells.start();
        assertThat(cells.session(CELL)).isEmpty();
        assertThat(cells.allOpened()).isNotDone();

        store.expire(OTHER);
        cells.imageChanged(new MemoryMetadata().image());

        assertThat(cells.session(CELL)).isPresent();
    }

    @Test
    void waitsOnceForACellThatTheImageShowsFreeThoughItIsNot() {
        // Given
        clock.setRemoveOnCancelPolicy(true);
        assertThat(store.acquire(CELL, OTHER)).isCompletedWithValueMatching(epoch -> epoch.isPresent());
        cells.start();
        assertThat(clock.getQueue()).hasSize(1);

        // When
        for (int i = 0; i < 100; i++) {
            cells.imageChanged(new MemoryMetadata().image());
        }

        // Then
        assertThat(clock.getQueue()).hasSize(1);
    }

    @Test
    void warnsOnceWhenAllCellsAreLostTogether() {
        try (LogLines log = new LogLines("io.weir.kafka.group.cell", Level.WARN)) {
            // Given
            cells.start();
            List<CellSession> sessions = new ArrayList<>();
            for (int cell = 0; cell < CellStore.CELLS; cell++) {
                sessions.add(open(new CellId(cell)));
            }

            // When
            sessions.forEach(session -> session.end("The leader is gone"));

            // Then
            assertThat(log.lines()).singleElement().asString().contains("WARN", "The leader is gone");

            // And when all are back, the next loss is a warning again
            for (int cell = 0; cell < CellStore.CELLS; cell++) {
                CellId id = new CellId(cell);
                Await.until("a new session", PATIENCE, () -> cells.session(id).isPresent());
                open(id);
            }
            session().end("Gone again");
            assertThat(log.lines()).hasSize(2).last().asString().contains("WARN", "Gone again");
        }
    }

    @Test
    void givesItsCellsUpWhenItCloses() {
        cells.start();
        open();

        assertThat(cells.close()).succeedsWithin(PATIENCE);

        assertThat(store.owner(CELL)).isEmpty();
        assertThat(cells.opened(CELL)).isCompletedExceptionally();
        assertThat(cells.session(CELL)).isEmpty();
    }

    private CellSession session() {
        return cells.session(CELL).orElseThrow();
    }

    private CellSession open() {
        return open(CELL);
    }

    private CellSession open(CellId cell) {
        CellSession session = cells.session(cell).orElseThrow();
        session.open(session.load().join().nextPosition());
        cells.hasOpened(session);
        return session;
    }

    private static List<CellRecord> records(int count) {
        return Collections.nCopies(
                count, new CellRecord(ByteBuffer.wrap(new byte[] {1}), ByteBuffer.wrap(new byte[0])));
    }

    private static final class Recorder implements OwnedCells.Listener {
        private final List<CellSession> ended = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void acquired(CellSession session) {}

        @Override
        public void ended(CellSession session) {
            ended.add(session);
        }
    }
}
