package io.weir.objecttier.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.SegmentRef;
import io.weir.objecttier.read.ReadBudget;
import io.weir.objecttier.read.SegmentObjects;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What one damaged object keeps from being done, and what not. */
class DamagedTest {
    private static final StreamId OTHER = new StreamId(1);

    private final ShardWorld world = new ShardWorld(11);

    private void retain(Map<String, String> config) {
        world.metadata.topics(ShardWorld.SHARD, 2, List.of(config));
    }

    private void flush(int times, Map<Long, Integer> batches) {
        for (int i = 0; i < times; i++) {
            world.flush(batches);
        }
    }

    private ObjectKey lastSegment() {
        return world.shard.view().segments().getLast().key();
    }

    /** Flips bits, and returns what was there before. */
    private byte[] damage(ObjectKey key, int position, int length) {
        byte[] before = world.memory.bytes(key);
        byte[] after = before.clone();
        for (int i = position; i < position + length; i++) {
            after[i] ^= 0x55;
        }
        world.memory.overwrite(key, after);
        return before;
    }

    private long from(StreamId stream) {
        return world.shard.flushedRange(stream).map(OffsetRange::from).orElseThrow();
    }

    private boolean anyMerged() {
        return world.shard.view().segments().stream().anyMatch(segment -> segment.level() > 0);
    }

    @Test
    void looksAfterAllOthersWhileASegmentCannotBeRead() {
        // Given
        retain(Map.of("retention.ms", "100000", "retention.bytes", "1000000"));
        world.flush(Map.of(0L, 3));
        ObjectKey damaged = lastSegment();
        byte[] whole = damage(damaged, 0, world.memory.bytes(damaged).length);
        world.flush(Map.of(1L, 5));
        long endOfOld = world.shard.flushedRange(OTHER).orElseThrow().to();
        world.nowMs += 200_000;
        flush(3, Map.of(1L, 3));

        // When
        while (world.pass()) {
            assertThat(world.housekeeping().damaged()).isEqualTo(1);
        }

        // Then
        assertThat(from(OTHER)).isEqualTo(endOfOld);
        assertThat(anyMerged()).isTrue();
        assertThat(from(new StreamId(0))).isZero();
        assertThat(world.memory.objects()).contains(damaged);
        assertThat(world.housekeeping().lastPassMs()).isEqualTo(world.nowMs);

        // And it is looked after too once it is whole again
        world.memory.overwrite(damaged, whole);
        world.nowMs += Damaged.AGAIN_MS;
        world.settle();
        assertThat(world.housekeeping().damaged()).isZero();
        assertThat(from(new StreamId(0))).isPositive();
        assertThat(world.memory.objects()).doesNotContain(damaged);
    }

    @Test
    void mergesTheOthersWhileASegmentCannotBeRewritten() {
        // Given a damaged block, which only shows when it is copied
        retain(Map.of("retention.ms", "-1"));
        flush(2, Map.of(0L, 3));
        damage(lastSegment(), 40, 1);
        flush(4, Map.of(0L, 3));

        // When
        while (world.pass()) {
            assertThat(world.shard.intents()).isEmpty();
        }

        // Then
        assertThat(anyMerged()).isTrue();
        assertThat(world.housekeeping().damaged()).isEqualTo(ShardWorld.CONFIG.mergeSegments());
        assertThat(world.housekeeping().lastPassMs()).isEqualTo(world.nowMs);
    }

    @Test
    void listsNothingInAManifestThatLiesBehindWhatCannotBeRead() {
        retain(Map.of("retention.ms", "-1"));
        world.flush(Map.of(0L, 3));
        ObjectKey damaged = lastSegment();
        damage(damaged, 0, world.memory.bytes(damaged).length);
        flush(40, Map.of(0L, 20));

        while (world.pass()) {
            assertThat(world.shard.view().manifests()).isEmpty();
        }

        assertThat(world.shard.view().segments().getFirst().key()).isEqualTo(damaged);
        assertThat(world.shard.view().segments()).hasSizeGreaterThan(ShardWorld.CONFIG.rollUpSegments());
    }

    @Test
    void agesAndMergesThoughGarbageCannotBeCollectedBecauseOfADamagedManifest() {
        // Given
        retain(Map.of("retention.ms", "1000000"));
        flush(40, Map.of(0L, 20));
        while (world.pass()) {
            assertThat(world.housekeeping().damaged()).isZero();
        }
        ObjectKey manifest = world.shard.view().manifests().getFirst().key();
        damage(manifest, 0, world.memory.bytes(manifest).length);
        world.restart();
        long before = world.nowMs;
        world.flush(Map.of(1L, 3));
        long endOfOld = world.shard.flushedRange(OTHER).orElseThrow().to();
        world.nowMs += 2_000_000;
        flush(3, Map.of(1L, 3));

        // When
        assertThatThrownBy(world::pass).hasStackTraceContaining(manifest.value());

        // Then
        assertThat(from(OTHER)).isEqualTo(endOfOld);
        assertThat(anyMerged()).isTrue();
        assertThat(world.housekeeping().lastCollectionMs()).isEqualTo(before);
        assertThat(world.housekeeping().lastPassMs()).isEqualTo(before);
    }

    @Test
    void mergesWhatLiesBehindSegmentsThatHaveTooManyBlocksTogether() {
        // Given two segments of three blocks each, which are over the bound together, and three of one
        retain(Map.of("retention.ms", "-1"));
        flush(2, Map.of(0L, 1, 1L, 1, 2L, 1));
        flush(3, new HashMap<>(Map.of(0L, 1)));
        SegmentObjects objects = new SegmentObjects(
                world.store, new ReadBudget(8, 1 << 20, 10), 1 << 20, 1 << 20, new SimpleMeterRegistry());
        Merging merging = new Merging(
                ShardWorld.CONFIG,
                world.shard,
                world.store,
                objects,
                new Replacer(world.shard, world.shard.led(), world.store, world.random::nextLong),
                new Merging.Damage(new Damaged(), new Damaged()),
                5);

        // When
        assertThat(merging.step()).isTrue();

        // Then the bound was kept: the second went with two of the others, and the first stayed
        assertThat(world.shard.view().segments()).extracting(SegmentRef::level).containsExactly(0, 1, 0);
        world.verify("after the merge");
    }
}
