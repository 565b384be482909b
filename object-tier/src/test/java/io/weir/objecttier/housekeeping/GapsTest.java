package io.weir.objecttier.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.SegmentView;
import io.weir.contracts.segment.ShardSegments.Elsewhere;
import io.weir.testsupport.object.MemoryObjectStore.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Retention of streams that go on far behind their log start, as after a restore. */
class GapsTest {
    private static final long RANGE = 1_000_000_000_000L;
    private static final long RETENTION_MS = 1_000_000;
    /** Longer than anything that is too old, and stays, is left alone. */
    private static final long LOOK_AGAIN_MS = 11 * 60_000L;

    private static final StreamId STREAM = new StreamId(0);
    private static final StreamId OTHER = new StreamId(1);

    private final ShardWorld world = new ShardWorld(7);

    private void retain(int streams) {
        world.metadata.topics(ShardWorld.SHARD, streams, List.of(Map.of("retention.ms", Long.toString(RETENTION_MS))));
    }

    /** The stream's next record has this offset. */
    private void goOnAt(long stream, long offset) {
        world.ends.put(stream, offset);
    }

    private OffsetRange left(StreamId stream) {
        return world.shard.flushedRange(stream).orElseThrow();
    }

    private long reads() {
        return world.memory.requests(Operation.READ);
    }

    private void passes() {
        while (world.pass()) {
            world.nowMs++;
        }
    }

    /** Every record that is there is too old after it. */
    private void growOld() {
        world.nowMs += RETENTION_MS + LOOK_AGAIN_MS;
        passes();
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void takesWhatPartitionsGotThatHadKeptNothing(Shape shape) {
        // Given
        retain(3);
        for (long stream = 0; stream < 3; stream++) {
            goOnAt(stream, RANGE);
        }
        shape.make(world);
        world.flush(Map.of(0L, 5, 1L, 5));
        assertThat(left(OTHER).from()).isZero();

        // When
        growOld();

        // Then
        for (long stream = 0; stream < 3; stream++) {
            assertThat(left(new StreamId(stream)).isEmpty()).isTrue();
        }
        assertThat(world.shard.view().manifests()).isEmpty();
        assertThat(world.shard.view().segments()).isEmpty();
    }

    @Test
    void takesWhatCameBehindTheOldRecordsOnceTheyAreTooOldAndNotBefore() {
        // Given
        retain(1);
        world.flush(Map.of(0L, 5));
        long oldEnd = left(STREAM).to();
        world.nowMs += RETENTION_MS / 2;
        goOnAt(0, RANGE);
        world.flush(Map.of(0L, 5));

        // When
        world.nowMs += RETENTION_MS / 2 + 1;
        passes();

        // Then
        assertThat(left(STREAM).from()).isEqualTo(oldEnd);
        growOld();
        assertThat(left(STREAM).isEmpty()).isTrue();
        assertThat(world.shard.view().segments()).isEmpty();
    }

    @Test
    void asksNothingOfTheStoreOnceTheGapIsBehindIt() {
        // Given
        retain(2);
        goOnAt(0, RANGE);
        world.flush(Map.of(0L, 5, 1L, 5));
        growOld();
        assertThat(left(STREAM).isEmpty()).isTrue();
        world.flush(Map.of(0L, 5, 1L, 5));
        passes();
        long before = reads();

        // When
        for (int i = 0; i < 12; i++) {
            world.nowMs += RETENTION_MS / 16;
            passes();
        }

        // Then
        assertThat(reads()).isEqualTo(before);
        assertThat(left(STREAM).isEmpty()).isFalse();
    }

    /** The old records have the greater timestamps: what is behind them waits, in whichever unit they are. */
    @ParameterizedTest
    @EnumSource(Shape.class)
    void keepsWhatIsBehindOldRecordsThatAreNotTooOld(Shape shape) {
        // Given
        retain(3);
        world.nowMs = 200_000_000;
        shape.make(world);
        long lateMs = world.nowMs;
        long oldEnd = left(OTHER).to();
        goOnAt(1, RANGE);
        world.nowMs = 1_000;
        world.flush(Map.of(1L, 5));
        world.nowMs = lateMs + 1;

        // When
        passes();
        world.nowMs += LOOK_AGAIN_MS;
        passes();

        // Then
        assertThat(left(OTHER).from()).isLessThan(oldEnd);
        growOld();
        growOld();
        assertThat(left(OTHER).isEmpty()).isTrue();
    }

    /** Where records of the second stream are, with such of the third one. */
    enum Shape {
        SEGMENT {
            @Override
            void make(ShardWorld world) {
                world.flush(Map.of(1L, 5, 2L, 1));
            }
        },
        MANIFEST {
            @Override
            void make(ShardWorld world) {
                world.flush(Map.of(1L, 5));
                for (int i = 0; i < 24; i++) {
                    world.flush(Map.of(2L, 8));
                    while (world.pass()) {
                        world.nowMs++;
                    }
                }
                assertThat(world.shard.view().manifests()).isNotEmpty();
            }
        };

        abstract void make(ShardWorld world);
    }

    @Test
    void keepsWhatIsBehindRecordsThatAnotherShardHas() {
        // Given
        retain(1);
        Elsewhere before = writtenElsewhere();
        world.flush(Map.of(0L, 5));
        world.shard.elsewhere(Optional.of(List.of(before)));

        // When
        growOld();

        // Then
        assertThat(left(STREAM).from()).isZero();
        world.shard.led().trim(Map.of(STREAM, before.offsets().to())).join();
        world.nowMs += LOOK_AGAIN_MS;
        passes();
        assertThat(left(STREAM).isEmpty()).isTrue();
    }

    /** It was moved after the restore, and where it was before nothing is left. */
    @Test
    void takesWhatIsBehindAGapThatAnotherShardHas() {
        retain(1);
        Elsewhere before = writtenElsewhere();
        goOnAt(0, RANGE);
        world.flush(Map.of(0L, 5));
        world.shard.elsewhere(Optional.of(
                List.of(new Elsewhere(new OffsetRange(before.offsets().to(), RANGE), before.view()))));

        growOld();

        assertThat(left(STREAM).isEmpty()).isTrue();
    }

    @Test
    void keepsWhatIsBehindAGapWhileNobodyKnowsWhatOtherShardsHave() {
        retain(1);
        goOnAt(0, RANGE);
        world.flush(Map.of(0L, 5));
        world.shard.elsewhere(Optional.empty());
        growOld();
        assertThat(left(STREAM).from()).isZero();

        world.shard.elsewhere(Optional.of(List.of()));
        world.nowMs += LOOK_AGAIN_MS;
        passes();

        assertThat(left(STREAM).isEmpty()).isTrue();
    }

    /** As this process has that shard's view: the segment was merged and deleted meanwhile. */
    @Test
    void keepsWhatIsBehindWhatCannotBeReadAtAnotherShardAndTakesAllElse() {
        // Given
        retain(2);
        world.flush(Map.of(1L, 5));
        Elsewhere before = writtenElsewhere();
        world.memory
                .delete(before.view().segments().stream().map(SegmentRef::key).toList())
                .join();
        world.flush(Map.of(0L, 5));
        world.shard.elsewhere(Optional.of(List.of(before)));
        world.restart();

        // When
        growOld();

        // Then
        assertThat(left(STREAM).from()).isZero();
        assertThat(left(OTHER).isEmpty()).isTrue();
        assertThat(world.housekeeping().damaged()).isZero();
        assertThat(world.housekeeping().lastPassMs()).isEqualTo(world.nowMs);
    }

    /** A segment of another shard, with the stream's first offsets. */
    private Elsewhere writtenElsewhere() {
        // So that nobody hunts for orphans any more
        passes();
        SegmentRef segment = world.write(Map.of(0L, 5), new ArrayList<>());
        SegmentView view = new SegmentView(new ShardId(9), 1, List.of(), List.of(segment));
        return new Elsewhere(new OffsetRange(0, world.ends.getOrDefault(0L, 0L)), view);
    }

    /** What is in it nobody can say: it is read once for all of the streams. */
    @Test
    void keepsWhatIsBehindADamagedSegment() {
        // Given
        int streams = 60;
        retain(streams);
        world.flush(Map.of(0L, 5));
        ObjectKey damaged = world.shard.view().segments().getFirst().key();
        byte[] whole = world.memory.bytes(damaged);
        Map<Long, Integer> batches = new HashMap<>();
        for (long stream = 1; stream < streams; stream++) {
            goOnAt(stream, RANGE);
            batches.put(stream, 1);
        }
        world.flush(batches);
        world.memory.overwrite(damaged, new byte[whole.length]);
        world.restart();
        long before = reads();

        // When
        growOld();

        // Then
        assertThat(left(OTHER).from()).isZero();
        assertThat(reads() - before).isLessThan(10);
        world.memory.overwrite(damaged, whole);
        world.nowMs += Damaged.AGAIN_MS;
        passes();
        for (long stream = 0; stream < streams; stream++) {
            assertThat(left(new StreamId(stream)).isEmpty()).isTrue();
        }
    }
}
