package io.weir.kafka.group.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.ClusterNode;
import io.weir.kafka.group.cell.CellSession;
import io.weir.kafka.group.cell.OwnedCells;
import io.weir.testsupport.cell.MemoryCellStore;
import io.weir.testsupport.metadata.MemoryMetadata;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.coordinator.common.runtime.CoordinatorPlayback;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A cell's log as the coordinator sees it, which names a cell and never a session. */
class CellLoaderTest {
    private static final NodeId SELF = new NodeId(1);
    private static final CellId CELL = new CellId(7);
    private static final TopicPartition PARTITION = new TopicPartition(Topic.GROUP_METADATA_TOPIC_NAME, CELL.value());

    private final MemoryMetadata metadata = new MemoryMetadata();
    private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1);
    private final Ended ended = new Ended();
    private final OwnedCells cells =
            new OwnedCells(new MemoryCellStore(metadata), SELF, metadata, Duration.ofMinutes(1), 1 << 20, clock, ended);
    private final CellKeys keys = new CellKeys(TenantId.DEFAULT);
    private final OffsetRecords offsets = new OffsetRecords(CommitObserver.NONE);
    private final CellPartitionWriter writer = new CellPartitionWriter(cells, keys, offsets);
    private final CellLoader loader =
            new CellLoader(cells, keys, offsets, Runnable::run, Clock.systemUTC(), (session, topics) -> {});

    @BeforeEach
    void own() {
        metadata.registerNode(new ClusterNode(SELF, "127.0.0.1", 9092)).join();
        cells.start();
    }

    @AfterEach
    void stop() {
        clock.shutdownNow();
    }

    @Test
    void whoIsLoadedIsServed() {
        assertThat(loader.load(PARTITION, new NoMemory())).isCompleted();

        writer.registerListener(PARTITION, (partition, position) -> {});

        assertThat(cells.session(CELL)).get().matches(CellSession::isOpen);
    }

    @Test
    void aSessionThatIsLoadedIntoTwoMemoriesEnds() {
        CellSession session = cells.session(CELL).orElseThrow();
        assertThat(loader.load(PARTITION, new NoMemory())).isCompleted();

        assertThat(loader.load(PARTITION, new NoMemory())).isNotDone();

        assertThat(ended.sessions).containsExactly(session);
    }

    @Test
    void aSessionEndsThatIsToBeServedBeforeItIsLoaded() {
        CellSession session = cells.session(CELL).orElseThrow();

        assertThatThrownBy(() -> writer.registerListener(PARTITION, (partition, position) -> {}))
                .isInstanceOf(NotLeaderOrFollowerException.class);

        assertThat(ended.sessions).containsExactly(session);
    }

    @Test
    void nothingIsDoneForACellThatIsNotOwned() {
        cells.drain();

        assertThat(loader.load(PARTITION, new NoMemory())).isNotDone();
        assertThatThrownBy(() -> writer.registerListener(PARTITION, (partition, position) -> {}))
                .isInstanceOf(NotLeaderOrFollowerException.class);
    }

    private static final class Ended implements OwnedCells.Listener {
        private final List<CellSession> sessions = new CopyOnWriteArrayList<>();

        @Override
        public void acquired(CellSession session) {}

        @Override
        public void ended(CellSession session) {
            sessions.add(session);
        }
    }

    /** Takes in nothing: the cells are empty. */
    private static final class NoMemory implements CoordinatorPlayback<CoordinatorRecord> {
        @Override
        public void replay(long offset, long producerId, short producerEpoch, CoordinatorRecord live) {
            throw new AssertionError("Replayed at " + offset + ": " + live);
        }

        @Override
        public void replayEndTransactionMarker(long producerId, short producerEpoch, TransactionResult result) {
            throw new AssertionError("A transaction's end: " + result);
        }

        @Override
        public void updateLastWrittenOffset(long offset) {}

        @Override
        public void updateLastCommittedOffset(long offset) {}
    }
}
