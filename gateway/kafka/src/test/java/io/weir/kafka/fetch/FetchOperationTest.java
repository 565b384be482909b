package io.weir.kafka.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.read.SegmentReader;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.segment.SegmentView;
import io.weir.gateway.connection.Connection;
import io.weir.gateway.read.TieredReader;
import io.weir.gateway.read.TieredReaderConfig;
import io.weir.kafka.NoConnection;
import io.weir.kafka.fetch.FetchOperation.FetchTerms;
import io.weir.kafka.fetch.FetchOperation.Outcome;
import io.weir.testsupport.streams.MemoryStreams;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

/** Every partition may take all that a fetch is granted. */
class FetchOperationTest {
    private static final Duration MAX_WAIT = Duration.ofMillis(500);
    private static final int MAX_BYTES = 10_000;
    private static final RecordBatch BATCH =
            RecordBatch.trusted(MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(new byte[100]))
                    .buffer());

    private final MemoryStreams streams = new MemoryStreams();
    private final HeldSegments segments = new HeldSegments(streams);
    private final ManualConnection connection = new ManualConnection();
    private final FetchBudget budget = new FetchBudget(1 << 20);
    private final List<WantedPartition> wanted = new ArrayList<>();

    private static StreamLocation location(int partition) {
        return new StreamLocation(new StreamId(partition + 1), new ShardId(0), new Epoch(0));
    }

    private void want(int partition) {
        streams.open(location(partition));
        FetchPartition from = new FetchPartition()
                .setPartition(partition)
                .setPartitionMaxBytes(MAX_BYTES)
                .setCurrentLeaderEpoch(-1);
        wanted.add(new WantedPartition(new FetchKey(Uuid.ZERO_UUID, "t", partition), from));
    }

    /** From the wanted offset on everything is lost, which segments must be searched for to tell. */
    private void gap(int partition) {
        want(partition);
        streams.loseTail(location(partition).stream(), 10);
    }

    private void data(int partition) {
        want(partition);
        append(partition);
    }

    private void append(int partition) {
        assertThat(streams.append(location(partition), BATCH)).isCompleted();
    }

    private FetchOperation operation(int minBytes) {
        return new FetchOperation(
                wanted,
                key -> new PartitionLookup.At(location(key.partition())),
                new TieredReader(streams, segments, TieredReaderConfig.DEFAULT, new SimpleMeterRegistry()),
                connection,
                budget,
                new FetchTerms(MAX_WAIT, minBytes, MAX_BYTES, false, false));
    }

    /** How many bytes the partitions gave, in the order of the answer. */
    private static List<Integer> bytes(CompletableFuture<Outcome> outcome) {
        assertThat(outcome).isCompleted();
        return outcome.join().found().stream()
                .map(found -> Optional.ofNullable(found.answer().records())
                        .orElseThrow()
                        .sizeInBytes())
                .toList();
    }

    @Test
    void dataIsFoundBehindPartitionsThatHaveReservedEverythingAndFindNothing() {
        // Given
        gap(0);
        data(1);
        gap(2);
        data(3);

        // When
        CompletableFuture<Outcome> outcome = operation(1).start();
        segments.releaseAll();

        // Then
        assertThat(bytes(outcome)).containsExactly(0, BATCH.sizeBytes(), 0, BATCH.sizeBytes());
        assertThat(outcome.join().found())
                .extracting(found -> found.answer().partitionIndex())
                .containsExactly(0, 1, 2, 3);
        assertThat(outcome.join().heldBytes()).isEqualTo(2L * BATCH.sizeBytes());
        assertThat(budget.usedBytes()).isEqualTo(2L * BATCH.sizeBytes());
        assertThat(connection.timers).allMatch(timer -> timer.cancelled);
    }

    @Test
    void noMoreIsReservedAtOnceThanIsGranted() {
        gap(0);
        gap(1);

        CompletableFuture<Outcome> outcome = operation(1).start();

        assertThat(segments.held).hasSize(1);
        segments.releaseNext();
        assertThat(segments.held).hasSize(1);
        segments.releaseNext();
        assertThat(outcome).isNotDone();
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void waitsForAsManyBytesAsAreWantedAfterReadsThatFoundNothing() {
        // Given
        gap(0);
        data(1);
        CompletableFuture<Outcome> outcome = operation(2 * BATCH.sizeBytes()).start();
        segments.releaseAll();
        assertThat(outcome).isNotDone();

        // When
        append(1);
        segments.releaseAll();

        // Then
        assertThat(bytes(outcome)).containsExactly(0, 2 * BATCH.sizeBytes());
        assertThat(streams.openWatches()).isZero();
    }

    @Test
    void nothingMoreIsReadBehindAReadThatTakesLongerThanTheClientWaits() {
        // Given
        gap(0);
        gap(1);
        data(2);
        CompletableFuture<Outcome> outcome = operation(1).start();
        assertThat(connection.timers)
                .singleElement()
                .satisfies(timer -> assertThat(timer.delay).isEqualTo(MAX_WAIT));

        // When
        connection.timers.getFirst().fire();
        segments.releaseNext();

        // Then
        assertThat(bytes(outcome)).containsExactly(0, 0, 0);
        assertThat(outcome.join().found()).extracting(Found::hadItsTurn).containsExactly(true, false, false);
        assertThat(segments.held).isEmpty();
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void answersWhenTimeIsUpWhatWasNotFoundBefore() {
        // Given
        gap(0);
        CompletableFuture<Outcome> outcome = operation(1).start();
        segments.releaseNext();
        assertThat(outcome).isNotDone();

        // When
        connection.timers.getFirst().fire();
        segments.releaseNext();

        // Then
        assertThat(bytes(outcome)).containsExactly(0);
        assertThat(budget.usedBytes()).isZero();
        assertThat(streams.openWatches()).isZero();
    }

    @Test
    void nothingMoreIsReadForAClientThatIsGone() {
        // Given
        gap(0);
        gap(1);
        data(2);
        FetchOperation operation = operation(1);
        CompletableFuture<Outcome> outcome = operation.start();

        // When
        operation.cancel();
        segments.releaseNext();

        // Then
        assertThat(outcome).isCancelled();
        assertThat(segments.held).isEmpty();
        assertThat(budget.usedBytes()).isZero();
        assertThat(streams.openWatches()).isZero();
        assertThat(connection.timers).allMatch(timer -> timer.cancelled);
    }

    /** Reads wait until they are released. */
    private static final class HeldSegments implements SegmentReader {
        private final SegmentReader segments;
        private final Queue<CompletableFuture<Void>> held = new ArrayDeque<>();

        HeldSegments(SegmentReader segments) {
            this.segments = segments;
        }

        void releaseNext() {
            held.remove().complete(null);
        }

        void releaseAll() {
            while (!held.isEmpty()) {
                releaseNext();
            }
        }

        @Override
        public CompletableFuture<List<StoredBatches>> read(
                SegmentView view, StreamId stream, OffsetRange offsets, int maxBytes) {
            CompletableFuture<Void> gate = new CompletableFuture<>();
            held.add(gate);
            return gate.thenCompose(released -> segments.read(view, stream, offsets, maxBytes));
        }

        @Override
        public CompletableFuture<Optional<Long>> firstBlockReaching(
                SegmentView view, StreamId stream, OffsetRange offsets, long timestampMs) {
            return segments.firstBlockReaching(view, stream, offsets, timestampMs);
        }
    }

    /** A connection whose time passes when a test says so. */
    private static final class ManualConnection extends NoConnection {
        private final List<ManualTimer> timers = new ArrayList<>();

        @Override
        public Timer schedule(Duration delay, Runnable work) {
            ManualTimer timer = new ManualTimer(delay, work);
            timers.add(timer);
            return timer;
        }
    }

    private static final class ManualTimer implements Connection.Timer {
        private final Duration delay;
        private final Runnable work;
        private boolean cancelled;

        ManualTimer(Duration delay, Runnable work) {
            this.delay = delay;
            this.work = work;
        }

        void fire() {
            assertThat(cancelled).isFalse();
            work.run();
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }
}
