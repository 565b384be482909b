package io.weir.kafka.group.cell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import io.weir.contracts.cell.CellAppend;
import io.weir.contracts.cell.CellContents;
import io.weir.contracts.cell.CellRecord;
import io.weir.contracts.cell.CellStore;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.kafka.LogLines;
import io.weir.testsupport.cell.MemoryCellStore;
import io.weir.testsupport.cell.MemoryCellStore.Failure;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.testsupport.metadata.PausableSource;
import io.weir.testsupport.process.Await;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OwnedCellsTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final NodeId ME = new NodeId(1);
    private static final NodeId OTHER = new NodeId(2);
    private static final CellId CELL = new CellId(7);
    private static final int BOUND = 1 << 20;

    private final MemoryMetadata metadata = new MemoryMetadata();
    private final PausableSource seen = new PausableSource(metadata);
    private final MemoryCellStore store = new MemoryCellStore(metadata);
    private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1);
    private final Recorder recorder = new Recorder();
    private final OwnedCells cells = new OwnedCells(store, ME, seen, Duration.ofMillis(20), BOUND, clock, recorder);

    @BeforeEach
    void live() {
        clock.setRemoveOnCancelPolicy(true);
        register(ME);
    }

    @AfterEach
    void close() {
        clock.shutdownNow();
    }

    @Test
    void acquiresACellAgainUnderAHigherEpochAfterAFailure() {
        cells.start();
        openAll();
        CellSession first = session();
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
    void aSessionIsLoadedOnceAndOpensOnlyWhileItLives() {
        cells.start();
        CellSession session = session();
        List<String> told = new ArrayList<>();
        assertThat(session.open(0, () -> told.add("not loaded"))).isFalse();
        assertThat(session.load()).succeedsWithin(PATIENCE);
        assertThat(session.load()).isCompletedExceptionally();

        session.end("asked for");

        assertThat(session.open(0, () -> told.add("ended"))).isFalse();
        assertThat(told).isEmpty();
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
    void anAppendThatDoesNotFitIsRefusedAloneAndTakesNoPosition() {
        cells.start();
        CellSession session = open();
        session.append(records(1), 1, () -> {});
        store.boundKeys(1);
        store.hold();
        List<String> durable = new ArrayList<>();
        session.append(records(1), 1, () -> durable.add("before"));

        assertThatThrownBy(() -> session.append(List.of(anotherKey()), BOUND - 1, () -> durable.add("refused")))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(FailureCode.STORAGE_FULL));

        assertThat(session.append(records(1), BOUND - 1, () -> durable.add("behind")))
                .isEqualTo(3);
        store.release();
        assertThat(durable).containsExactly("before", "behind");
        assertThat(session.isOpen()).isTrue();
    }

    private static CellRecord anotherKey() {
        return new CellRecord(ByteBuffer.wrap(new byte[] {2}), ByteBuffer.wrap(new byte[0]));
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
        seen.pause();
        store.expire(ME);
        assertThat(store.acquire(CELL, OTHER)).isCompletedWithValueMatching(epoch -> epoch.isPresent());

        assertThat(session.confirm()).isCompletedWithValue(false);
        assertThat(session.isOpen()).isFalse();
    }

    @Test
    void ownsNothingBeforeItIsRegistered() {
        metadata.unregisterNode(ME).join();
        cells.start();
        assertThat(cells.session(CELL)).isEmpty();
        assertThat(cells.allOpenedSoon().getNow(false)).isFalse();

        register(ME);

        assertThat(cells.session(CELL)).isPresent();
    }

    @Test
    void waitsForACellThatAnotherNodeOwnsUntilTheImageShowsItFree() {
        // Given a node that owns what is to be here, and lives
        register(OTHER);
        CellId cell = placedAt(ME);
        Epoch theirs = store.acquire(cell, OTHER).join().orElseThrow();
        cells.start();
        openAll();
        assertThat(cells.session(cell)).isEmpty();
        assertThat(cells.allOpenedSoon()).as("the other cells are open").isCompletedWithValue(true);
        assertThat(clock.getQueue()).as("nothing is asked again and again").isEmpty();

        // When
        store.resign(cell, theirs).join();

        // Then
        assertThat(cells.session(cell)).isPresent();
    }

    @Test
    void takesTheCellsOfANodeThatIsNotThereAnyMore() {
        register(OTHER);
        CellId cell = placedAt(OTHER);
        assertThat(store.acquire(cell, OTHER)).isCompletedWithValueMatching(epoch -> epoch.isPresent());
        cells.start();
        openAll();
        assertThat(cells.session(cell)).isEmpty();

        metadata.unregisterNode(OTHER).join();
        openAll();

        assertThat(cells.session(cell)).isPresent();
    }

    @Test
    void asksOnceAndWaitsForACellThatTheImageShowsFreeThoughItIsNot() {
        // Given an image that lags
        register(OTHER);
        CellId cell = placedAt(ME);
        seen.pause();
        assertThat(store.acquire(cell, OTHER)).isCompletedWithValueMatching(epoch -> epoch.isPresent());

        // When
        cells.start();
        seen.resume();

        // Then
        Await.until("the back-off to be over", PATIENCE, () -> clock.getQueue().isEmpty());
        assertThat(cells.session(cell)).isEmpty();
        assertThat(store.owner(cell)).contains(OTHER);
    }

    @Test
    void aSessionEndsWhenTheImageShowsAnotherOwner() {
        cells.start();
        CellSession session = open();
        seen.pause();
        store.expire(ME);
        register(OTHER);
        assertThat(store.acquire(CELL, OTHER)).isCompletedWithValueMatching(epoch -> epoch.isPresent());
        assertThat(session.isOpen()).isTrue();

        seen.resume();

        assertThat(session.isOpen()).isFalse();
        assertThat(recorder.ended).contains(session);
    }

    @Test
    void aNodeWhoseLeaseRanOutAcquiresItsCellsAnewWhenItIsBack() {
        cells.start();
        CellSession before = open();

        metadata.unregisterNode(ME).join();
        assertThat(before.isOpen()).isFalse();
        assertThat(cells.session(CELL)).isEmpty();
        register(ME);

        awaitAllOpen();
        assertThat(session().epoch().value()).isGreaterThan(before.epoch().value());
    }

    @Test
    void givesUpWhatAnEarlierLifeOwnedAndIsToBeElsewhere() {
        register(OTHER);
        CellId cell = placedAt(OTHER);
        assertThat(store.acquire(cell, ME)).isCompletedWithValueMatching(epoch -> epoch.isPresent());

        cells.start();

        assertThat(store.owner(cell)).isEmpty();
        assertThat(cells.session(cell)).isEmpty();
        assertThat(recorder.acquired).extracting(CellSession::cell).doesNotContain(cell);
    }

    @Test
    void opensNoMoreCellsAtOnceThanItMay() {
        cells.start();
        assertThat(recorder.acquired).hasSize(OwnedCells.MAX_OPENING);

        open(recorder.acquired.getFirst().cell());
        assertThat(recorder.acquired).hasSize(OwnedCells.MAX_OPENING + 1);
        recorder.acquired.get(1).end("Loading failed");

        Await.until("another one", PATIENCE, () -> recorder.acquired.size() == OwnedCells.MAX_OPENING + 2);
        awaitAllOpen();
        assertThat(cells.allOpenedSoon()).isCompletedWithValue(true);
    }

    @Test
    void handsOverNoMoreCellsAtOnceThanItMay() {
        // Given
        cells.start();
        openAll();

        // When another node comes that takes nothing yet
        register(OTHER);

        // Then
        assertThat(free()).hasSize(OwnedCells.MAX_MOVING);
        CellId taken = free().getFirst();
        assertThat(store.acquire(taken, OTHER)).isCompletedWithValueMatching(epoch -> epoch.isPresent());
        assertThat(free()).hasSize(OwnedCells.MAX_MOVING).doesNotContain(taken);

        // And when it dies before it has taken the rest, they stay or come back
        metadata.unregisterNode(OTHER).join();
        awaitAllOpen();
        assertThat(free()).isEmpty();
    }

    @Test
    void aCellThatCouldNotBeHandedOverIsGivenUpLater() {
        cells.start();
        openAll();
        store.failNextResignations(1);

        register(OTHER);

        CellId first = placedAt(OTHER);
        assertThat(cells.session(first)).isEmpty();
        Await.until("it to be free", PATIENCE, () -> store.owner(first).isEmpty());
    }

    @Test
    void warnsOnceWhenAllCellsAreLostTogether() {
        try (LogLines log = new LogLines("io.weir.kafka.group.cell", Level.WARN)) {
            // Given
            cells.start();
            List<CellSession> sessions = openAll();

            // When
            sessions.forEach(session -> session.end("The leader is gone"));

            // Then
            assertThat(log.lines()).singleElement().asString().contains("WARN", "The leader is gone");

            // And when all are back, the next loss is a warning again
            awaitAllOpen();
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

    @Test
    void aCellThatIsAcquiredWhileAllAreLookedAtIsKept() {
        // Given a store that answers for one cell only once it is asked for a lower one, which another node owns yet
        register(OTHER);
        List<CellId> mine = cellsOf(cell -> Placement.over(Set.of(ME, OTHER)).puts(cell, ME));
        CellId asked = mine.getFirst();
        Epoch theirs = store.acquire(asked, OTHER).join().orElseThrow();
        LateStore late = new LateStore(store, mine.get(1), asked);
        OwnedCells several = new OwnedCells(late, ME, seen, Duration.ofMillis(20), BOUND, clock, recorder);
        several.start();
        assertThat(several.session(mine.get(1))).isEmpty();

        // When
        recorder.acquired.forEach(session -> {
            session.open(session.load().join().nextPosition(), () -> {});
            several.hasOpened(session);
        });
        store.resign(asked, theirs).join();

        // Then
        assertThat(several.session(asked)).isPresent();
        assertThat(several.session(mine.get(1))).isPresent();
        assertThat(recorder.ended).isEmpty();
    }

    /** A store that acquires one cell only when it is asked for another. */
    private record LateStore(MemoryCellStore store, CellId late, CellId trigger, List<Runnable> waiting)
            implements CellStore {
        LateStore(MemoryCellStore store, CellId late, CellId trigger) {
            this(store, late, trigger, new ArrayList<>());
        }

        @Override
        public CompletableFuture<Optional<Epoch>> acquire(CellId cell, NodeId owner) {
            if (cell.equals(late) && waiting.isEmpty()) {
                CompletableFuture<Optional<Epoch>> acquired = new CompletableFuture<>();
                waiting.add(() -> acquired.complete(store.acquire(cell, owner).join()));
                return acquired;
            }
            if (cell.equals(trigger)) {
                waiting.forEach(Runnable::run);
            }
            return store.acquire(cell, owner);
        }

        @Override
        public CompletableFuture<CellAppend> append(
                CellId cell, Epoch epoch, long expectedPosition, List<CellRecord> records) {
            return store.append(cell, epoch, expectedPosition, records);
        }

        @Override
        public CompletableFuture<CellContents> load(CellId cell, Epoch epoch) {
            return store.load(cell, epoch);
        }

        @Override
        public CompletableFuture<Void> resign(CellId cell, Epoch epoch) {
            return store.resign(cell, epoch);
        }
    }

    @Test
    void aCellThatIsBeingTakenInWhileAllAreClosedIsGivenUpWithThem() {
        ClosedWhileTaking closing = new ClosedWhileTaking(new CellId(5));

        closing.cells.start();
        closing.takenIn.countDown();

        assertThat(closing.closed).succeedsWithin(PATIENCE);
        assertThat(store.owner(closing.taken)).isEmpty();
    }

    /** All are closed while a cell is taken in, and lower ones have been by the time it is; it comes after that. */
    private final class ClosedWhileTaking implements OwnedCells.Listener {
        private final OwnedCells cells = new OwnedCells(store, ME, seen, Duration.ofMillis(20), BOUND, clock, this);
        private final CellId taken;
        private final CountDownLatch closing = new CountDownLatch(1);
        private final CountDownLatch takenIn = new CountDownLatch(1);
        private final CompletableFuture<Void> closed = new CompletableFuture<>();

        ClosedWhileTaking(CellId taken) {
            this.taken = taken;
        }

        @Override
        public void acquired(CellSession session) {
            if (session.cell().equals(taken)) {
                Thread.ofPlatform()
                        .daemon()
                        .start(() -> closed.complete(cells.close().join()));
                await(closing);
            }
        }

        @Override
        public void ended(CellSession session) {
            if (session.cell().value() < taken.value() && closing.getCount() > 0) {
                closing.countDown();
                await(takenIn);
            }
        }

        private static void await(CountDownLatch latch) {
            try {
                assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
        }
    }

    @Test
    void aLookThatFailsKeepsNobodyFromTheNext() {
        AtomicBoolean fails = new AtomicBoolean(true);
        OwnedCells unlucky =
                new OwnedCells(store, ME, new FailingOnce(seen, fails), Duration.ofMillis(20), BOUND, clock, recorder);
        try (LogLines log = new LogLines(OwnedCells.class.getName(), Level.ERROR)) {
            unlucky.start();
            assertThat(fails).isFalse();
            assertThat(recorder.acquired).isEmpty();
            assertThat(log.lines()).hasSize(1);
        }

        register(OTHER);

        assertThat(recorder.acquired).isNotEmpty();
    }

    private record FailingOnce(MetadataSource source, AtomicBoolean fails) implements MetadataSource {
        @Override
        public MetadataImage image() {
            if (fails.getAndSet(false)) {
                throw new Error("Asked for by the test");
            }
            return source.image();
        }

        @Override
        public Duration age() {
            return source.age();
        }

        @Override
        public Subscription subscribe(Listener listener) {
            return source.subscribe(listener);
        }
    }

    @Test
    void drainsWithoutGivingCellsUpAndTakesNoneAnyMore() {
        cells.start();
        CellSession session = open();

        cells.drain();

        assertThat(session.isOpen()).isFalse();
        assertThat(recorder.ended).contains(session);
        assertThat(store.owner(CELL)).contains(ME);
        metadata.unregisterNode(ME).join();
        register(ME);
        assertThat(cells.session(CELL)).isEmpty();
        assertThat(metadata.image().cellOwner(CELL)).isEmpty();
    }

    private void register(NodeId node) {
        metadata.registerNode(new ClusterNode(node, "127.0.0.1", 9000 + node.value()))
                .join();
    }

    /** A cell whose place is at one of the two. */
    private static CellId placedAt(NodeId node) {
        return cellsOf(cell -> Placement.over(Set.of(ME, OTHER)).puts(cell, node))
                .getFirst();
    }

    private List<CellId> free() {
        return cellsOf(cell -> store.owner(cell).isEmpty());
    }

    private static List<CellId> cellsOf(Predicate<CellId> condition) {
        return IntStream.range(0, CellStore.CELLS)
                .mapToObj(CellId::new)
                .filter(condition)
                .toList();
    }

    /** Opens every session there is, and those that come thereby. */
    private List<CellSession> openAll() {
        List<CellSession> opened = new ArrayList<>();
        for (int cell = 0; cell < CellStore.CELLS; cell++) {
            CellId id = new CellId(cell);
            if (cells.session(id).isPresent() && !cells.opened(id).isDone()) {
                opened.add(open(id));
            }
        }
        return opened;
    }

    private void awaitAllOpen() {
        Await.until("all cells", PATIENCE, () -> {
            openAll();
            return cells.openCount() == CellStore.CELLS;
        });
    }

    private CellSession session() {
        return cells.session(CELL).orElseThrow();
    }

    private CellSession open() {
        return open(CELL);
    }

    private CellSession open(CellId cell) {
        CellSession session = cells.session(cell).orElseThrow();
        session.open(session.load().join().nextPosition(), () -> {});
        cells.hasOpened(session);
        return session;
    }

    private static List<CellRecord> records(int count) {
        return Collections.nCopies(
                count, new CellRecord(ByteBuffer.wrap(new byte[] {1}), ByteBuffer.wrap(new byte[0])));
    }

    private static final class Recorder implements OwnedCells.Listener {
        private final List<CellSession> acquired = new CopyOnWriteArrayList<>();
        private final List<CellSession> ended = new CopyOnWriteArrayList<>();

        @Override
        public void acquired(CellSession session) {
            acquired.add(session);
        }

        @Override
        public void ended(CellSession session) {
            ended.add(session);
        }
    }
}
