package io.weir.gateway.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.read.SegmentReader;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.read.StreamBounds;
import io.weir.contracts.read.TailRead;
import io.weir.contracts.segment.SegmentView;
import io.weir.testsupport.streams.MemoryStreams;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimestampSearchTest {
    private static final StreamLocation STREAM = new StreamLocation(new StreamId(1), new ShardId(0), new Epoch(0));
    private static final StreamLocation NO_STREAM = new StreamLocation(new StreamId(2), new ShardId(0), new Epoch(0));

    private final MemoryStreams streams = new MemoryStreams();
    private final CountedSegments segments = new CountedSegments(streams);
    private final TieredReader reader =
            new TieredReader(streams, segments, TieredReaderConfig.DEFAULT, new SimpleMeterRegistry());

    @BeforeEach
    void open() {
        streams.open(STREAM);
    }

    /** One batch of one record for each timestamp, at offsets from 0 on. */
    private void append(long... timestampsMs) {
        for (long timestampMs : timestampsMs) {
            streams.append(STREAM, OneRecord.at(timestampMs)).join();
        }
    }

    /** Four stays at shards, the last of which goes on, and a tail. */
    private void moveThreeTimes() {
        append(10, 20, 30);
        streams.move(STREAM.stream());
        append(40, 70, 60);
        streams.move(STREAM.stream());
        append(50, 70);
        streams.move(STREAM.stream());
        append(65, 66);
        streams.flush(STREAM.stream(), 9);
    }

    private long latest() {
        return reader.latestBatch(STREAM, 0).join().orElseThrow().baseOffset();
    }

    private Optional<Long> reaching(long timestampMs) {
        return reader.firstBatchReaching(STREAM, 0, timestampMs).join().map(StoredBatch::baseOffset);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 3, 4, 5, 6})
    void findsTheLargestTimestampHoweverMuchIsFlushed(long flushedEnd) {
        append(10, 20, 50, 40, 50, 30);
        streams.flush(STREAM.stream(), flushedEnd);
        assertThat(latest()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, Long.MAX_VALUE - 1})
    void findsTimestampsAtTheEndsOfWhatThereIs(long largestMs) {
        append(-1, largestMs, -1);
        streams.flush(STREAM.stream(), 3);
        assertThat(latest()).isEqualTo(1);
    }

    @Test
    void findsTheLargestOfWhatIsLeftWhenTheLargestOfItsBlockWasTrimmed() {
        // Given: a block whose index still tells of what was trimmed
        append(10, 90, 20, 40, 30);
        streams.flush(STREAM.stream(), 5);
        TieredReader trimmed = new TieredReader(
                streams, new OneBlock(streams, 90), TieredReaderConfig.DEFAULT, new SimpleMeterRegistry());
        streams.trim(STREAM, 2).join();

        // When, then
        assertThat(trimmed.latestBatch(STREAM, 0).join().orElseThrow().baseOffset())
                .isEqualTo(3);
    }

    @Test
    void findsNothingInAnEmptyStream() {
        assertThat(reader.latestBatch(STREAM, 0).join()).isEmpty();
        assertThat(reader.firstBatchReaching(STREAM, 0, 0).join()).isEmpty();
    }

    @Test
    void findsTheFirstBatchThatReachesATimeAndNothingWhenAllAreOlder() {
        append(10, 20, 50, 40);
        streams.flush(STREAM.stream(), 2);
        assertThat(reader.firstBatchReaching(STREAM, 0, 15).join().map(StoredBatch::baseOffset))
                .isEqualTo(Optional.of(1L));
        assertThat(reader.firstBatchReaching(STREAM, 0, 21).join().map(StoredBatch::baseOffset))
                .isEqualTo(Optional.of(2L));
        assertThat(reader.firstBatchReaching(STREAM, 0, 51).join()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 3, 4})
    void findsNothingBeforeTheOffsetThatItIsToSearchFrom(long flushedEnd) {
        append(90, 20, 60, 50);
        streams.flush(STREAM.stream(), flushedEnd);
        assertThat(reader.firstBatchReaching(STREAM, 1, 40).join().map(StoredBatch::baseOffset))
                .contains(2L);
        assertThat(reader.firstBatchReaching(STREAM, 1, 90).join()).isEmpty();
        assertThat(reader.latestBatch(STREAM, 1).join().map(StoredBatch::baseOffset))
                .contains(2L);
        assertThat(reader.latestBatch(STREAM, 4).join()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "25, 2", "31, 3", "41, 4", "70, 4"})
    void readsNothingBeforeTheBlockThatReachesATimeHoweverOftenTheStreamHasMoved(long timestampMs, long offset) {
        moveThreeTimes();
        assertThat(reaching(timestampMs)).contains(offset);
        assertThat(segments.reads).containsExactly(offset);
    }

    @Test
    void readsNoSegmentsForATimeThatOnlyTheTailOfAMovedStreamReachesOrNothing() {
        moveThreeTimes();
        append(80);
        assertThat(reaching(71)).contains(10L);
        assertThat(reaching(81)).isEmpty();
        assertThat(segments.reads).isEmpty();
    }

    @Test
    void readsOneBlockForTheLargestTimestampOfAMovedStream() {
        moveThreeTimes();
        assertThat(latest()).isEqualTo(4);
        // Of the stays only those that reach what a newer one has are read.
        assertThat(segments.reads).containsExactly(7L, 4L);
    }

    @Test
    void findsTheLargestTimestampOfAMovedStreamInItsTail() {
        moveThreeTimes();
        append(80);
        assertThat(latest()).isEqualTo(10);
        assertThat(segments.reads).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, -1, -2})
    void findsTheFirstOfEqualTimestampsOfAMovedStream(long timestampMs) {
        append(timestampMs);
        streams.move(STREAM.stream());
        append(timestampMs);
        assertThat(latest()).isZero();
    }

    /** Blocks of two stays at one shard can be merged: what the index tells of the first is true of both. */
    @Test
    void goesOnBehindAStayWhoseIndexPromisesMoreThanItHolds() {
        append(10);
        streams.move(STREAM.stream());
        append(20);
        streams.move(STREAM.stream());
        append(30, 40);
        streams.flush(STREAM.stream(), 4);
        TieredReader merged = new TieredReader(
                streams, new OneBlock(streams, 40), TieredReaderConfig.DEFAULT, new SimpleMeterRegistry());

        assertThat(merged.firstBatchReaching(STREAM, 0, 35).join().map(StoredBatch::baseOffset))
                .contains(3L);
        assertThat(merged.latestBatch(STREAM, 0).join().orElseThrow().baseOffset())
                .isEqualTo(3);
    }

    @Test
    void walksWhatIsBehindMoreStaysThanAStreamCanHave() {
        for (int i = 0; i <= TimestampSearch.MAX_EXTENTS + 1; i++) {
            append(i);
            streams.move(STREAM.stream());
        }
        long last = TimestampSearch.MAX_EXTENTS + 1;
        assertThat(reaching(last)).contains(last);
        assertThat(segments.reads).containsExactly(last - 1, last);
        assertThat(latest()).isEqualTo(last);
    }

    @Test
    void looksBehindAGapForWhatWasNotKnownWhenItWasFound() {
        // Given: nothing is left of the block that the index named, and nothing known behind it at first
        StreamBounds bounds = new StreamBounds(0, 20, 20);
        SegmentView view = SegmentView.empty(STREAM.shard());
        ScriptedTail tail = new ScriptedTail(bounds);
        ScriptedSegments emptied = new ScriptedSegments();
        emptied.block = Optional.of(5L);
        tail.answers.add(new TailRead.InSegments(bounds, 20, view));
        tail.answers.add(new TailRead.InSegments(bounds, 10, view));
        tail.answers.add(new TailRead.Batches(bounds, List.of()));
        tail.answers.add(new TailRead.Batches(bounds, List.of(new StoredBatches.Raw(10, 0, OneRecord.at(15)))));
        TieredReader late = new TieredReader(tail, emptied, TieredReaderConfig.DEFAULT, new SimpleMeterRegistry());

        // When, then
        assertThat(late.firstBatchReaching(STREAM, 0, 15).join().map(StoredBatch::baseOffset))
                .contains(10L);
        assertThat(tail.offsets).containsExactly(0L, 5L, 10L, 10L);
    }

    @Test
    void doesNotTakeAStreamThatIsNotHereForOneWithoutRecords() {
        assertThatThrownBy(() -> reader.firstBatchReaching(NO_STREAM, 0, 0).join())
                .cause()
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        failure -> assertThat(failure.code()).isEqualTo(FailureCode.NOT_LEADER));
    }

    @Test
    void failsWhenTheStreamLeavesInTheMiddleOfASearch() {
        // Given: what is flushed is older, and when the tail behind it is read the stream has gone
        append(10, 20);
        streams.flush(STREAM.stream(), 1);
        TieredReader leaving = new TieredReader(
                streams,
                new OneBlock(streams, 5) {
                    @Override
                    void searched() {
                        streams.remove(STREAM.stream());
                    }
                },
                TieredReaderConfig.DEFAULT,
                new SimpleMeterRegistry());

        // When, then
        assertThatThrownBy(() -> leaving.firstBatchReaching(STREAM, 0, 15).join())
                .cause()
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        failure -> assertThat(failure.code()).isEqualTo(FailureCode.NOT_LEADER));
    }

    /** Remembers from which offsets it was read. */
    private static final class CountedSegments implements SegmentReader {
        private final SegmentReader segments;
        private final List<Long> reads = new ArrayList<>();

        CountedSegments(SegmentReader segments) {
            this.segments = segments;
        }

        @Override
        public CompletableFuture<List<StoredBatches>> read(
                SegmentView view, StreamId stream, OffsetRange offsets, int maxBytes) {
            reads.add(offsets.from());
            return segments.read(view, stream, offsets, maxBytes);
        }

        @Override
        public CompletableFuture<Optional<Long>> firstBlockReaching(
                SegmentView view, StreamId stream, OffsetRange offsets, long timestampMs) {
            return segments.firstBlockReaching(view, stream, offsets, timestampMs);
        }
    }
}
