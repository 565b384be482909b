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
import io.weir.contracts.read.StreamRead;
import io.weir.contracts.read.TailRead;
import io.weir.contracts.read.TailReader;
import io.weir.contracts.segment.SegmentView;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class TieredReaderTest {
    private static final ShardId SHARD = new ShardId(0);
    private static final StreamLocation STREAM = new StreamLocation(new StreamId(1), SHARD, new Epoch(0));
    private static final StreamBounds SEEN = new StreamBounds(0, 10, 10);
    private static final int WANTED_BYTES = 1000;

    private final ScriptedTail tail = new ScriptedTail();
    private final ScriptedSegments segments = new ScriptedSegments();
    private final TieredReader reader =
            new TieredReader(tail, segments, TieredReaderConfig.DEFAULT, new SimpleMeterRegistry());

    private StreamRead read(long offset) {
        return reader.read(STREAM, offset, WANTED_BYTES).join();
    }

    private static TailRead flushed() {
        return new TailRead.InSegments(SEEN, 10, SegmentView.empty(SHARD));
    }

    private static ServiceException missing() {
        return new ServiceException(FailureCode.OBJECT_MISSING, "Compacted away");
    }

    @Test
    void takesANewViewWhenAnObjectIsMissing() {
        // Given
        tail.answers.add(flushed());
        segments.failures.add(missing());
        tail.answers.add(new TailRead.Batches(SEEN, List.of()));

        // When, then
        assertThat(read(5)).isEqualTo(new StreamRead.Batches(SEEN, List.of()));
        assertThat(tail.answers).isEmpty();
    }

    @Test
    void givesUpOnAnObjectThatStaysMissing() {
        for (int i = 0; i < 20; i++) {
            tail.answers.add(flushed());
            segments.failures.add(missing());
        }
        assertThatThrownBy(() -> read(5))
                .cause()
                .isInstanceOf(ServiceException.class)
                .extracting(failure -> ((ServiceException) failure).code())
                .isEqualTo(FailureCode.OBJECT_MISSING);
        assertThat(tail.answers).isNotEmpty();
    }

    @Test
    void triesNothingAgainWhenTheStoreIsAway() {
        tail.answers.add(flushed());
        segments.failures.add(new ServiceException(FailureCode.OBJECT_STORE_UNAVAILABLE, "503"));
        assertThatThrownBy(() -> read(5)).cause().hasMessageContaining("503");
    }

    @Test
    void goesOnInTheTailWhereCompactionLeftNothing() {
        tail.answers.add(flushed());
        tail.answers.add(new TailRead.Batches(SEEN, List.of()));
        assertThat(read(5)).isEqualTo(new StreamRead.Gap(SEEN, 10));
        assertThat(tail.offsets).containsExactly(5L, 10L);
    }

    @Test
    void saysOutOfRangeOnlyOnceTheLeaderHasConfirmedIt() {
        tail.answers.add(new TailRead.OutOfRange(SEEN));
        tail.confirmed = Optional.of(new StreamBounds(2, 11, 11));
        assertThat(read(12)).isEqualTo(new StreamRead.OutOfRange(new StreamBounds(2, 11, 11)));
    }

    @Test
    void readsAgainWhatTheLeaderKnows() {
        tail.answers.add(new TailRead.OutOfRange(SEEN));
        tail.answers.add(new TailRead.Batches(new StreamBounds(0, 12, 12), List.of()));
        tail.confirmed = Optional.of(new StreamBounds(0, 12, 12));
        assertThat(read(12)).isEqualTo(new StreamRead.Batches(new StreamBounds(0, 12, 12), List.of()));
    }

    @Test
    void isLateAndNotWrongWhenThisProcessDoesNotCatchUp() {
        for (int i = 0; i < 20; i++) {
            tail.answers.add(new TailRead.OutOfRange(SEEN));
        }
        tail.confirmed = Optional.of(new StreamBounds(0, 12, 12));
        assertThat(read(12)).isEqualTo(new StreamRead.Batches(SEEN, List.of()));
    }

    @Test
    void isLateAndNotWrongWhileNobodyCanConfirmWhatIsAboveTheEndKnownHere() {
        for (FailureCode code : List.of(FailureCode.NOT_LEADER, FailureCode.TIMED_OUT)) {
            tail.answers.add(new TailRead.OutOfRange(SEEN));
            tail.unconfirmed = Optional.of(new ServiceException(code, "No leader"));
            assertThat(read(12)).isEqualTo(new StreamRead.Batches(SEEN, List.of()));
        }
    }

    @Test
    void failsWhileNobodyCanConfirmWhatIsBelowTheLogStart() {
        tail.answers.add(new TailRead.OutOfRange(new StreamBounds(5, 10, 10)));
        tail.unconfirmed = Optional.of(new ServiceException(FailureCode.NOT_LEADER, "No leader"));
        assertThatThrownBy(() -> read(4)).cause().hasMessageContaining("No leader");
    }

    @Test
    void failsWhenTheConfirmationFailsForAnotherReason() {
        tail.answers.add(new TailRead.OutOfRange(SEEN));
        tail.unconfirmed = Optional.of(new ServiceException(FailureCode.SHUTTING_DOWN, "Closed"));
        assertThatThrownBy(() -> read(12)).cause().hasMessageContaining("Closed");
    }

    @Test
    void saysNotHereWhenTheLeaderKnowsNoSuchStream() {
        tail.answers.add(new TailRead.OutOfRange(SEEN));
        assertThat(read(12)).isInstanceOf(StreamRead.NotHere.class);
    }

    private static final class ScriptedTail implements TailReader {
        private final Queue<TailRead> answers = new ArrayDeque<>();
        private final Queue<Long> offsets = new ArrayDeque<>();
        private Optional<StreamBounds> confirmed = Optional.empty();
        private Optional<ServiceException> unconfirmed = Optional.empty();

        @Override
        public Optional<StreamBounds> bounds(StreamLocation location) {
            return Optional.of(SEEN);
        }

        @Override
        public CompletableFuture<Optional<StreamBounds>> confirmedBounds(StreamLocation location) {
            return unconfirmed
                    .<CompletableFuture<Optional<StreamBounds>>>map(CompletableFuture::failedFuture)
                    .orElseGet(() -> CompletableFuture.completedFuture(confirmed));
        }

        @Override
        public CompletableFuture<TailRead> read(StreamLocation location, long offset, int maxBytes) {
            offsets.add(offset);
            return CompletableFuture.completedFuture(answers.remove());
        }

        @Override
        public Watch watch(StreamLocation location, long offset, Runnable callback) {
            return () -> {};
        }
    }

    private static final class ScriptedSegments implements SegmentReader {
        private final Queue<ServiceException> failures = new ArrayDeque<>();

        @Override
        public CompletableFuture<List<StoredBatches>> read(
                SegmentView view, StreamId stream, OffsetRange offsets, int maxBytes) {
            ServiceException failure = failures.poll();
            return failure == null
                    ? CompletableFuture.completedFuture(List.of())
                    : CompletableFuture.failedFuture(failure);
        }

        @Override
        public CompletableFuture<Optional<Long>> firstBlockReaching(
                SegmentView view, StreamId stream, OffsetRange offsets, long timestampMs) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
    }
}
