package io.weir.gateway.read;

import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.read.SegmentReader;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.segment.SegmentView;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/** Segments that answer what a test has them answer, in order, and are empty from then on. */
final class ScriptedSegments implements SegmentReader {
    final Queue<CompletableFuture<List<StoredBatches>>> answers = new ArrayDeque<>();
    /** What every search of an index finds. */
    Optional<Long> block = Optional.empty();

    @Override
    public CompletableFuture<List<StoredBatches>> read(
            SegmentView view, StreamId stream, OffsetRange offsets, int maxBytes) {
        CompletableFuture<List<StoredBatches>> answer = answers.poll();
        return answer == null ? CompletableFuture.completedFuture(List.of()) : answer;
    }

    @Override
    public CompletableFuture<Optional<Long>> firstBlockReaching(
            SegmentView view, StreamId stream, OffsetRange offsets, long timestampMs) {
        return CompletableFuture.completedFuture(block);
    }
}
