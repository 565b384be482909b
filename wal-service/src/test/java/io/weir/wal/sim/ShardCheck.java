package io.weir.wal.sim;

import io.weir.contracts.append.AppendResult;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.metadata.Topic;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.read.StreamBounds;
import io.weir.contracts.read.TailRead;
import io.weir.contracts.segment.SegmentRef;
import io.weir.wal.Batches;
import io.weir.wal.state.ShardState;
import io.weir.wal.state.StreamTable;
import io.weir.wal.state.TailEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/** The invariants of a shard, at one replica. */
final class ShardCheck {
    private final SimulatedSegments segments;
    private final History history;

    ShardCheck(SimulatedSegments segments, History history) {
        this.segments = segments;
        this.history = history;
    }

    /** What can be checked without reads. */
    void cheap(SimulatedShard shard) {
        flushedAndTailCoverEachStream(shard.machine().state());
    }

    private void flushedAndTailCoverEachStream(ShardState state) {
        StreamTable streams = state.streams();
        Map<Long, Long> reached = new HashMap<>();
        long lastIndex = state.flushedUpTo();
        for (TailEntry entry : state.unflushed()) {
            require(entry.index() > lastIndex, "Tail entries out of order at " + entry.index());
            lastIndex = entry.index();
            for (int i = 0; i < entry.count(); i++) {
                int row = streams.find(entry.stream(i));
                if (row != StreamTable.NONE) {
                    long expected = reached.getOrDefault(entry.stream(i), streams.flushedNext(row));
                    require(
                            entry.base(i) == expected,
                            "Gap or overlap in stream " + entry.stream(i) + " at " + expected + ", the tail goes on at "
                                    + entry.base(i));
                    reached.put(entry.stream(i), entry.next(i));
                }
            }
        }
        for (int row = 0; row < streams.limit(); row++) {
            if (streams.inUse(row)) {
                long stream = streams.id(row);
                require(
                        reached.getOrDefault(stream, streams.flushedNext(row)) == streams.next(row),
                        "Tail of stream " + stream + " does not reach its end " + streams.next(row));
                require(streams.logStart(row) <= streams.next(row), "Log start of " + stream + " beyond its end");
                segmentsCover(state.view().segments(), stream, streams.logStart(row), streams.flushedNext(row));
            }
        }
    }

    private void segmentsCover(List<SegmentRef> view, long stream, long logStart, long flushedNext) {
        long at = -1;
        for (StoredBatches.Raw batch : segments.batches(view, stream)) {
            require(at < 0 || batch.baseOffset() >= at, "Segments overlap in stream " + stream + " at " + at);
            require(
                    batch.baseOffset() <= Math.max(at, logStart) || at == batch.baseOffset(),
                    "Segments of stream " + stream + " have a gap at " + at + ", log start " + logStart);
            at = batch.nextOffset();
        }
        require(
                logStart >= flushedNext || at == flushedNext,
                "Segments of stream " + stream + " end at " + at + ", not at " + flushedNext);
    }

    /** Reads every stream from its log start to its end, as a consumer would. */
    void readEverything(SimulatedShard shard, List<Topic> topics, Runnable settle) {
        readEverything(shard, topics, settle, (location, batch) -> {});
    }

    /** @param read is given each batch */
    void readEverything(
            SimulatedShard shard,
            List<Topic> topics,
            Runnable settle,
            BiConsumer<StreamLocation, StoredBatches.Raw> read) {
        for (Topic topic : topics) {
            for (int partition = 0; partition < topic.partitions(); partition++) {
                StreamLocation location = topic.location(partition).orElseThrow();
                Optional<StreamBounds> bounds = shard.reader().bounds(location);
                if (bounds.isPresent()) {
                    readStream(shard, location, bounds.get(), settle, read);
                }
            }
        }
    }

    private void readStream(
            SimulatedShard shard,
            StreamLocation location,
            StreamBounds bounds,
            Runnable settle,
            BiConsumer<StreamLocation, StoredBatches.Raw> read) {
        long stream = location.stream().value();
        Map<Long, Long> found = new HashMap<>();
        Map<String, Long> lastOfWriter = new HashMap<>();
        long offset = bounds.logStart();
        while (offset < bounds.end()) {
            List<StoredBatches> batches = readAt(shard, location, offset, settle);
            require(!batches.isEmpty(), "Nothing at offset " + offset + " of stream " + stream);
            for (StoredBatches batch : batches) {
                require(
                        batch.baseOffset() <= offset && batch.nextOffset() > offset,
                        "Read of stream " + stream + " at " + offset + " gave " + batch.baseOffset());
                read.accept(location, (StoredBatches.Raw) batch);
                long mark = Batches.mark(((StoredBatches.Raw) batch).batch());
                Long overtaken = lastOfWriter.put(history.writerOf(mark), mark);
                require(
                        overtaken == null || overtaken < mark,
                        "Batch " + overtaken + " of " + history.writerOf(mark) + " overtook " + mark);
                Long before = found.put(mark, batch.baseOffset());
                require(
                        before == null,
                        "Batch " + mark + " is in stream " + stream + " at " + before + " and at "
                                + batch.baseOffset());
                offset = batch.nextOffset();
            }
        }
        history.acknowledged(stream).forEach((mark, at) -> {
            if (at == AppendResult.Duplicate.FORGOTTEN) {
                long last = lastOfWriter.getOrDefault(history.writerOf(mark), -1L);
                require(
                        last < mark || bounds.logStart() > 0 || found.containsKey(mark),
                        "Batch " + mark + " of stream " + stream + " was acknowledged, and " + last
                                + " follows without it");
            } else if (at >= bounds.logStart() && at < bounds.end()) {
                require(
                        at.equals(found.get(mark)),
                        "Batch " + mark + " of stream " + stream + " was acknowledged at " + at + " and is at "
                                + found.get(mark));
            }
        });
    }

    private List<StoredBatches> readAt(SimulatedShard shard, StreamLocation location, long offset, Runnable settle) {
        CompletableFuture<TailRead> read = shard.reader().read(location, offset, 1_000);
        for (int i = 0; i < 10 && !read.isDone(); i++) {
            settle.run();
        }
        require(read.isDone(), "Read of " + location + " at " + offset + " does not end");
        return switch (read.join()) {
            case TailRead.Batches batches -> batches.batches();
            case TailRead.InSegments inSegments -> {
                List<StoredBatches> found = new ArrayList<>();
                for (StoredBatches.Raw batch : segments.batches(
                        inSegments.segments().segments(), location.stream().value())) {
                    if (batch.nextOffset() > offset && batch.baseOffset() < inSegments.flushedEnd()) {
                        found.add(batch);
                    }
                }
                yield found;
            }
            case TailRead.OutOfRange outOfRange ->
                throw new AssertionError("Offset " + offset + " of " + location + " is out of range " + outOfRange);
            case TailRead.NotHere notHere -> throw new AssertionError(notHere.message());
        };
    }

    void everythingIsAnswered(SimulatedShard shard) {
        require(
                shard.appender().queuedBytes() == 0,
                shard.appender().queuedBytes() + " bytes are queued and never answered");
        require(shard.machine().unflushedBatches() == 0, "The tail is never flushed");
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
