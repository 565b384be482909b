package io.weir.kafka.group.cell;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.cell.CellRecord;
import io.weir.contracts.cell.CellStore;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.testsupport.cell.MemoryCellStore;
import io.weir.testsupport.metadata.MemoryMetadata;
import io.weir.testsupport.metadata.PausableSource;
import io.weir.testsupport.process.Await;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gateways that share the cells: each cell is served by one of them, whoever comes, goes or sleeps. */
class SeveralGatewaysTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int STEPS = 150;

    private final MemoryMetadata metadata = new MemoryMetadata();
    private final MemoryCellStore store = new MemoryCellStore(metadata);
    private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1);
    private final Map<NodeId, Gateway> gateways = new TreeMap<>((a, b) -> Integer.compare(a.value(), b.value()));
    /** Who was given which epoch of which cell. */
    private final Map<String, NodeId> epochs = new ConcurrentHashMap<>();

    @AfterEach
    void stop() {
        clock.shutdownNow();
    }

    /** A gateway that opens what it acquires, and counts what it knows to be durable. */
    private final class Gateway implements OwnedCells.Listener {
        final NodeId id;
        final PausableSource seen = new PausableSource(metadata);
        final OwnedCells cells;
        final Map<CellId, CellSession> serving = new ConcurrentHashMap<>();

        Gateway(int number) {
            id = new NodeId(number);
            cells = new OwnedCells(store, id, seen, Duration.ofMillis(200), 1 << 20, clock, this);
        }

        @Override
        public void acquired(CellSession session) {
            assertThat(epochs.put(session.cell() + "@" + session.epoch(), id))
                    .as("%s of %s was given to two", session.epoch(), session.cell())
                    .isNull();
            var _ = session.load().whenComplete((contents, failure) -> {
                if (failure == null) {
                    serving.put(session.cell(), session);
                    session.open(contents.nextPosition(), () -> {});
                    cells.hasOpened(session);
                } else {
                    session.end("Loading failed");
                }
            });
        }

        @Override
        public void ended(CellSession session) {
            serving.remove(session.cell(), session);
        }

        /** Whether the write is known to be durable. */
        boolean writes(CellId cell, String key, String value) {
            List<Boolean> durable = new ArrayList<>();
            CellSession session = serving.get(cell);
            if (session == null) {
                return false;
            }
            CellRecord each =
                    new CellRecord(ByteBuffer.wrap(key.getBytes(UTF_8)), ByteBuffer.wrap(value.getBytes(UTF_8)));
            try {
                session.append(List.of(each), key.length() + value.length(), () -> durable.add(true));
            } catch (ServiceException notOpen) {
                return false;
            }
            return !durable.isEmpty();
        }
    }

    @Test
    void twoGatewaysShareTheCells() {
        start(1);
        awaitServed();
        assertThat(at(1).serving).hasSize(CellStore.CELLS);

        start(2);
        awaitServed();

        assertThat(at(1).serving.keySet())
                .doesNotContainAnyElementsOf(at(2).serving.keySet());
        assertThat(at(2).serving).hasSizeBetween(CellStore.CELLS / 4, CellStore.CELLS * 3 / 4);
    }

    @Test
    void theCellsOfAGatewayThatDiesAreTakenByTheOthersAndNobodyElsesMove() {
        List.of(1, 2, 3).forEach(this::start);
        awaitServed();
        Map<CellId, CellSession> untouched = Map.copyOf(at(1).serving);

        kill(2);

        awaitServed();
        assertThat(at(1).serving).containsAllEntriesOf(untouched);
    }

    @Test
    void aGatewayThatIsDrainedGivesItsCellsAwayWhileItLives() {
        List.of(1, 2, 3).forEach(this::start);
        awaitServed();
        Map<CellId, CellSession> untouched = Map.copyOf(at(1).serving);

        metadata.drain(new NodeId(2), true);
        Await.until(
                "the others serve all",
                PATIENCE,
                () -> at(1).serving.size() + at(3).serving.size() == CellStore.CELLS);

        assertThat(at(2).serving).isEmpty();
        assertThat(at(1).serving).containsAllEntriesOf(untouched);

        metadata.drain(new NodeId(2), false);
        awaitServed();
        assertThat(at(2).serving).isNotEmpty();
        assertThat(at(1).serving).isEqualTo(untouched);
    }

    /** As when the leader of the metadata is away just then. */
    @Test
    void cellsThatCouldNotBeGivenUpAreGivenUpLater() {
        start(1);
        awaitServed();

        store.failNextResignations(OwnedCells.MAX_MOVING);
        start(2);

        awaitServed();
    }

    @Test
    void cellsStayWhereTheyAreWhenEveryGatewayIsDrained() {
        List.of(1, 2).forEach(this::start);
        awaitServed();
        int before = at(1).serving.size();

        metadata.drain(new NodeId(1), true);
        metadata.drain(new NodeId(2), true);
        awaitServed();

        assertThat(at(1).serving).hasSize(before);
    }

    @Test
    void aGatewayThatDrainsHandsEverythingOverWhenItLeaves() {
        List.of(1, 2, 3).forEach(this::start);
        awaitServed();

        Gateway leaving = Objects.requireNonNull(gateways.remove(new NodeId(2)));
        leaving.cells.drain();
        metadata.unregisterNode(leaving.id).join();

        assertThat(leaving.serving).isEmpty();
        awaitServed();
        assertThat(leaving.cells.close()).isCompleted();
        assertThat(at(1).serving.size() + at(3).serving.size())
                .as("closing afterwards takes nothing from the new owners")
                .isEqualTo(CellStore.CELLS);
    }

    @Test
    void aPausedGatewayThatWakesWithStaleCellsIsFenced() {
        // Given a gateway that serves cells
        List.of(1, 2).forEach(this::start);
        awaitServed();
        Gateway paused = at(1);
        CellId cell = paused.serving.keySet().iterator().next();
        assertThat(paused.writes(cell, "k", "before")).isTrue();
        CellSession stale = Objects.requireNonNull(paused.serving.get(cell));

        // When it sleeps for longer than its lease
        paused.seen.pause();
        metadata.unregisterNode(paused.id).join();
        Await.until("the other serves all", PATIENCE, () -> at(2).serving.size() == CellStore.CELLS);
        Await.until("the cell to be open", PATIENCE, () -> at(2).writes(cell, "k", "meanwhile"));

        // Then what it writes when it wakes is refused, though it has heard of nothing
        assertThat(stale.isOpen()).isTrue();
        assertThat(paused.writes(cell, "k", "stale")).isFalse();
        assertThat(stale.isOpen()).isFalse();
        assertThat(at(2).writes(cell, "k", "after")).isTrue();
        assertThat(contents(cell)).containsEntry("k", "after");

        // And what it did not touch ends as soon as it hears, on the clock's thread if that is just looking
        paused.seen.resume();
        Await.until("it serves nothing", PATIENCE, paused.serving::isEmpty);
        register(paused.id);
        awaitServed();
    }

    static LongStream regressionSeeds() {
        return LongStream.rangeClosed(1, 20);
    }

    @ParameterizedTest
    @MethodSource("regressionSeeds")
    void whoeverComesGoesOrSleepsNoAcknowledgedWriteIsLost(long seed) {
        Random random = new Random(seed);
        Map<CellId, Map<String, String>> acknowledged = new TreeMap<>((a, b) -> Integer.compare(a.value(), b.value()));
        Set<Gateway> asleep = new HashSet<>();
        List.of(1, 2, 3).forEach(this::start);
        for (int step = 0; step < STEPS; step++) {
            NodeId id = new NodeId(1 + random.nextInt(4));
            Gateway gateway = gateways.get(id);
            if (gateway == null) {
                start(id.value());
                continue;
            }
            switch (random.nextInt(12)) {
                case 0 -> kill(id.value());
                case 1 -> {
                    gateway.seen.pause();
                    asleep.add(gateway);
                }
                case 2 -> wake(gateway, asleep);
                case 3 -> metadata.unregisterNode(id).join();
                case 4 -> store.failNextAppends(MemoryCellStore.Failure.UNKNOWN_LOST);
                case 5 -> store.failNextResignations(1);
                case 6 -> register(id);
                default -> {
                    CellId cell = new CellId(random.nextInt(CellStore.CELLS));
                    String key = "k" + random.nextInt(3);
                    String value = "v" + step;
                    for (Gateway writer : gateways.values()) {
                        if (writer.writes(cell, key, value + writer.id)) {
                            acknowledged
                                    .computeIfAbsent(cell, absent -> new TreeMap<>())
                                    .put(key, value + writer.id);
                        }
                    }
                }
            }
        }
        gateways.values().forEach(gateway -> wake(gateway, asleep));
        gateways.keySet().forEach(this::register);
        if (gateways.isEmpty()) {
            start(1);
        }
        awaitServed();
        acknowledged.forEach((cell, values) ->
                assertThat(contents(cell)).as("%s with seed %d", cell, seed).containsAllEntriesOf(values));
    }

    private void wake(Gateway gateway, Set<Gateway> asleep) {
        if (asleep.remove(gateway)) {
            gateway.seen.resume();
        }
    }

    private Map<String, String> contents(CellId cell) {
        Map<String, String> contents = new TreeMap<>();
        // A failure that was asked for may be left over, and end the session.
        Await.until("an owner", PATIENCE, () -> owner(cell).isPresent());
        CellSession owner = owner(cell).orElseThrow();
        store.load(cell, owner.epoch())
                .join()
                .records()
                .forEach(each -> contents.put(
                        UTF_8.decode(each.key().duplicate()).toString(),
                        UTF_8.decode(Objects.requireNonNull(each.value()).duplicate())
                                .toString()));
        return contents;
    }

    private Optional<CellSession> owner(CellId cell) {
        return gateways.values().stream()
                .flatMap(gateway -> Optional.ofNullable(gateway.serving.get(cell)).stream())
                .filter(session -> session.confirm().join())
                .findFirst();
    }

    /** Until every cell is served by the gateway where its place is, and by no other. */
    private void awaitServed() {
        Placement placement = Placement.over(gateways.keySet());
        Await.until("every cell is where its place is", PATIENCE, () -> {
            for (Gateway gateway : gateways.values()) {
                for (int cell = 0; cell < CellStore.CELLS; cell++) {
                    CellId id = new CellId(cell);
                    if (gateway.serving.containsKey(id) != placement.puts(id, gateway.id)
                            || !store.owner(id).equals(metadata.image().cellOwner(id))) {
                        return false;
                    }
                }
            }
            return true;
        });
    }

    private void start(int number) {
        Gateway gateway = new Gateway(number);
        gateways.put(gateway.id, gateway);
        gateway.cells.start();
        register(gateway.id);
    }

    /** The process is gone, and its lease has run out. */
    private void kill(int number) {
        Gateway dead = Objects.requireNonNull(gateways.remove(new NodeId(number)));
        dead.seen.pause();
        dead.cells.drain();
        metadata.unregisterNode(dead.id).join();
    }

    private Gateway at(int number) {
        return Objects.requireNonNull(gateways.get(new NodeId(number)));
    }

    private void register(NodeId id) {
        metadata.registerNode(new ClusterNode(id, "127.0.0.1", 9000 + id.value()))
                .join();
    }
}
