package io.weir.kafka.group.coordinator;

import io.weir.contracts.cell.CellContents;
import io.weir.contracts.cell.CellRecord;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.TopicId;
import io.weir.kafka.group.cell.CellSession;
import io.weir.kafka.group.cell.OwnedCells;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.coordinator.common.runtime.CoordinatorLoader;
import org.apache.kafka.coordinator.common.runtime.CoordinatorPlayback;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.common.runtime.Deserializer.UnknownRecordTypeException;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.OffsetCommitValue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rebuilds the coordinator's memory of a cell from its live records, and opens the session for appends.
 *
 * <p>Whoever ends a load, the coordinator takes it for the end of the load that is under way for that cell: it looks at
 * neither epoch nor session. So the end of a load is told only while its session lives, and stands before the session's
 * own end in the coordinator's queue; of a load that failed the coordinator learns by the end of the session alone.
 *
 * <p>Threading: replays on the given executor. A load that fails ends the session, so that the cell is acquired again.
 */
final class CellLoader implements CoordinatorLoader<CoordinatorRecord> {
    private static final Logger LOG = LoggerFactory.getLogger(CellLoader.class);

    private final OwnedCells cells;
    private final CellKeys keys;
    private final OffsetRecords offsets;
    private final Executor executor;
    private final Clock clock;
    private final BiConsumer<CellSession, Map<TopicId, String>> onLoaded;
    private final GroupCoordinatorRecordSerde serde = new GroupCoordinatorRecordSerde();

    /** @param onLoaded is told, after each load, which topics the cell has offsets of */
    CellLoader(
            OwnedCells cells,
            CellKeys keys,
            OffsetRecords offsets,
            Executor executor,
            Clock clock,
            BiConsumer<CellSession, Map<TopicId, String>> onLoaded) {
        this.cells = cells;
        this.keys = keys;
        this.offsets = offsets;
        this.executor = executor;
        this.clock = clock;
        this.onLoaded = onLoaded;
    }

    @Override
    public CompletableFuture<LoadSummary> load(
            TopicPartition partition, CoordinatorPlayback<CoordinatorRecord> playback) {
        Optional<CellSession> owned = cells.session(new CellId(partition.partition()));
        CompletableFuture<LoadSummary> told = new CompletableFuture<>();
        if (owned.isEmpty()) {
            // The session that this load is for has ended.
            return told;
        }
        CellSession session = owned.get();
        long startMs = clock.millis();
        Map<TopicId, String> topics = new HashMap<>();
        var _ = session.load()
                .thenAcceptAsync(
                        contents -> {
                            long queuedMs = clock.millis() - startMs;
                            long bytes = replay(session, contents, playback, topics);
                            LoadSummary summary = new LoadSummary(
                                    startMs,
                                    clock.millis(),
                                    queuedMs,
                                    contents.records().size(),
                                    bytes);
                            // The coordinator's own reaction comes first.
                            if (session.open(contents.nextPosition(), () -> told.complete(summary))) {
                                onLoaded.accept(session, topics);
                                cells.hasOpened(session);
                            }
                        },
                        executor)
                .exceptionally(failure -> {
                    session.end("Loading failed: " + failure);
                    return null;
                });
        return told;
    }

    private long replay(
            CellSession session,
            CellContents contents,
            CoordinatorPlayback<CoordinatorRecord> playback,
            Map<TopicId, String> topics) {
        int cell = session.cell().value();
        long bytes = 0;
        // Only the last value of each key is left, so positions are lost; any that ascend up to the end will do.
        long position = contents.nextPosition() - contents.records().size();
        for (CellRecord live : contents.records()) {
            ByteBuffer value = live.value();
            Optional<ByteBuffer> key = keys.kafkaKey(live.key());
            if (key.isPresent() && value != null) {
                bytes += live.key().remaining() + value.remaining();
                replay(cell, position, key.get(), value, playback, topics);
            }
            position++;
        }
        if (contents.nextPosition() > 0) {
            playback.updateLastWrittenOffset(contents.nextPosition());
            playback.updateLastCommittedOffset(contents.nextPosition());
        }
        return bytes;
    }

    private void replay(
            int cell,
            long position,
            ByteBuffer key,
            ByteBuffer value,
            CoordinatorPlayback<CoordinatorRecord> playback,
            Map<TopicId, String> topics) {
        CoordinatorRecord live;
        try {
            live = serde.deserialize(key, value.duplicate());
        } catch (UnknownRecordTypeException unknown) {
            LOG.atWarn()
                    .addKeyValue("cell", cell)
                    .addKeyValue("type", unknown.unknownType())
                    .log("A record of a newer version is left alone");
            return;
        }
        playback.replay(position, RecordBatch.NO_PRODUCER_ID, RecordBatch.NO_PRODUCER_EPOCH, live);
        offsets.observe(cell, live);
        if (live.key() instanceof OffsetCommitKey offset
                && live.value() != null
                && live.value().message() instanceof OffsetCommitValue commit) {
            topics.put(OffsetRecords.topicId(commit.topicId()), offset.topic());
        }
    }

    @Override
    public void close() {
        // Nothing of its own: the executor and the cells belong to whoever made them.
    }
}
