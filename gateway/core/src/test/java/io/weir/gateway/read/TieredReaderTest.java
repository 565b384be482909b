package io.weir.gateway.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.read.StoredBatches;
import io.weir.contracts.read.StreamBounds;
import io.weir.contracts.read.StreamRead;
import io.weir.contracts.read.TailRead;
import io.weir.contracts.segment.SegmentView;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class TieredReaderTest {
    private static final ShardId SHARD = new ShardId(0);
    private static final StreamLocation STREAM = new StreamLocation(new StreamId(1), SHARD, new Epoch(0));
    private static final StreamBounds SEEN = new StreamBounds(0, 10, 10);
    private static final int WANTED_BYTES = 1000;

    private final ScriptedTail tail = new ScriptedTail(SEEN);
    private final ScriptedSegments segments = new ScriptedSegments();
    private final TieredReader reader =
            new TieredReader(tail, segments, TieredReaderConfig.DEFAULT, new SimpleMeterRegistry());

    private StreamRead read(long offset) {
        return reader.read(STREAM, offset, WANTED_BYTES).join();
    }

    private static TailRead flushed() {
        return flushedUpTo(10);
    }

    private static TailRead flushedUpTo(long end) {
        return new TailRead.InSegments(SEEN, end, SegmentView.empty(SHARD));
    }

    private static StoredBatches batch(long offset) {
        return new StoredBatches.Raw(offset, 0, OneRecord.at(0));
    }

    private static ServiceException missing() {
        return new ServiceException(FailureCode.OBJECT_MISSING, "Compacted away");
    }

    @Test
    void takesANewViewWhenAnObjectIsMissing() {
        // Given
        tail.answers.add(flushed());
        segments.answers.add(CompletableFuture.failedFuture(missing()));
        tail.answers.add(new TailRead.Batches(SEEN, List.of()));

        // When, then
        assertThat(read(5)).isEqualTo(new StreamRead.Batches(SEEN, List.of()));
        assertThat(tail.answers).isEmpty();
    }

    @Test
    void givesUpOnAnObjectThatStaysMissing() {
        for (int i = 0; i < 20; i++) {
            tail.answers.add(flushed());
            segments.answers.add(CompletableFuture.failedFuture(missing()));
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
        segments.answers.add(
                CompletableFuture.failedFuture(new ServiceException(FailureCode.OBJECT_STORE_UNAVAILABLE, "503")));
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
    void goesOnWhereRecordsAreHoweverManyShardsTheStreamHasNothingLeftAt() {
        for (int stay = 1; stay <= 64; stay++) {
            tail.answers.add(flushedUpTo(stay * 10L));
        }
        StreamRead.Batches behind = new StreamRead.Batches(SEEN, List.of(batch(640)));
        tail.answers.add(new TailRead.Batches(SEEN, behind.batches()));

        assertThat(read(0)).isEqualTo(behind);
        assertThat(tail.offsets).hasSize(65).endsWith(630L, 640L);
    }

    @Test
    void saysHowFarTheGapReachesWhenNothingFollowsSeveralShardsWithNothingLeft() {
        for (int stay = 1; stay <= 5; stay++) {
            tail.answers.add(flushedUpTo(stay * 10L));
        }
        tail.answers.add(new TailRead.Batches(SEEN, List.of()));
        assertThat(read(5)).isEqualTo(new StreamRead.Gap(SEEN, 50));
    }

    /** It is not tried again from each of the offsets before it. */
    @Test
    void givesUpOnAnObjectBehindGapsThatStaysMissing() {
        tail.answers.add(flushedUpTo(10));
        segments.answers.add(CompletableFuture.completedFuture(List.of()));
        tail.answers.add(flushedUpTo(20));
        segments.answers.add(CompletableFuture.completedFuture(List.of()));
        for (int i = 0; i < 20; i++) {
            tail.answers.add(flushedUpTo(30));
            segments.answers.add(CompletableFuture.failedFuture(missing()));
        }

        assertThatThrownBy(() -> read(0)).cause().hasMessageContaining("Compacted away");
        assertThat(tail.offsets).containsExactly(0L, 10L, 20L, 20L, 20L);
    }

    @Test
    void doesNotAskForEverWhereSegmentsEndBeforeTheWantedOffset() {
        tail.answers.add(flushedUpTo(10));
        assertThatThrownBy(() -> read(10)).cause().isInstanceOf(IllegalStateException.class);
        assertThat(tail.offsets).containsExactly(10L);
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
}
