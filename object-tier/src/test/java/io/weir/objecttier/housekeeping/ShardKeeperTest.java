package io.weir.objecttier.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.SegmentRef;
import io.weir.contracts.segment.ShardSegments.Term;
import io.weir.objecttier.sample.SimulatedShard.Fate;
import io.weir.testsupport.object.MemoryObjectStore.Operation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardKeeperTest {
    private static final StreamId STREAM = new StreamId(0);

    private final ShardWorld world = new ShardWorld(42);

    private void retain(Map<String, String> config) {
        world.metadata.topics(ShardWorld.SHARD, 2, List.of(config));
    }

    @Test
    void asksNothingOfTheStoreWhileThereIsNothingToDo() {
        // Given a shard that has settled
        retain(Map.of("retention.ms", "100000000"));
        for (int i = 0; i < 10; i++) {
            world.flush(Map.of(0L, 3, 1L, 2));
        }
        world.settle();
        long before = requests();
        long commands = world.shard.commands();

        // When
        for (int i = 0; i < 100; i++) {
            world.nowMs += 5_000;
            assertThat(world.pass()).isFalse();
        }

        // Then
        assertThat(requests()).isEqualTo(before);
        assertThat(world.shard.commands()).isEqualTo(commands);
    }

    private long storedBytes() {
        return world.memory.objects().stream()
                .mapToLong(key -> world.memory.bytes(key).length)
                .sum();
    }

    private long requests() {
        long sum = 0;
        for (Operation operation : Operation.values()) {
            sum += world.memory.requests(operation);
        }
        return sum;
    }

    @Test
    void removesRecordsThatAreOlderThanTheRetentionTime() {
        retain(Map.of("retention.ms", "100000"));
        world.flush(Map.of(0L, 5));
        long endOfOld = world.shard.flushedRange(STREAM).orElseThrow().to();
        world.nowMs += 90_000;
        world.flush(Map.of(0L, 5));
        world.pass();
        assertThat(world.shard.flushedRange(STREAM).orElseThrow().from()).isZero();

        world.nowMs += 10_001;
        world.pass();

        assertThat(world.shard.flushedRange(STREAM).orElseThrow().from()).isEqualTo(endOfOld);
        world.verify("after retention");
    }

    @Test
    void aRetiredObjectStaysForAsLongAsItIsHeld() {
        // Given a segment in which nothing lives, and somebody who needs it
        AtomicBoolean held = new AtomicBoolean(true);
        world.hold = (shard, retired) -> !held.get();
        retain(Map.of("retention.ms", "1000"));
        world.flush(Map.of(0L, 5));
        world.nowMs += 1_000_000;
        world.pass();
        ObjectKey retired = world.shard.retired().getFirst().key();

        // When
        world.nowMs += ShardWorld.CONFIG.deletionGrace().toMillis() + 1;
        world.pass();

        // Then
        assertThat(world.memory.objects()).contains(retired);
        held.set(false);
        world.pass();
        assertThat(world.memory.objects()).doesNotContain(retired);
        assertThat(world.shard.retired()).isEmpty();
    }

    @Test
    void looksAgainWhenTheRetentionTimeOfATopicChanges() {
        retain(Map.of("retention.ms", "-1"));
        world.flush(Map.of(0L, 5));
        world.nowMs += 1_000_000;
        world.pass();
        assertThat(world.shard.flushedRange(STREAM).orElseThrow().from()).isZero();

        retain(Map.of("retention.ms", "1000"));
        world.pass();

        OffsetRange range = world.shard.flushedRange(STREAM).orElseThrow();
        assertThat(range.isEmpty()).isTrue();
        assertThat(world.shard.view().segments()).isEmpty();
    }

    @Test
    void keepsAtLeastTheRetentionBytes() {
        // Given segments with about 400 bytes of the stream each
        retain(Map.of("retention.ms", "-1", "retention.bytes", "1000"));
        for (int i = 0; i < 2; i++) {
            world.flush(Map.of(0L, 4));
        }
        long bytes = world.shard.view().segments().stream()
                .mapToLong(SegmentRef::sizeBytes)
                .sum();
        assertThat(bytes).isGreaterThan(1000);

        // When
        for (int i = 0; i < 20; i++) {
            world.flush(Map.of(0L, 4));
            world.nowMs += 60_000;
            world.pass();
        }

        // Then
        long kept = world.liveBytes(0);
        assertThat(kept).isBetween(1000L, 15_000L);
        assertThat(world.shard.flushedRange(STREAM).orElseThrow().from()).isPositive();
        world.verify("after retention");
    }

    @Test
    void neverCrashLoopsInAStormAndRecoversFromIt() {
        retain(Map.of("retention.ms", "1000"));
        for (int i = 0; i < 10; i++) {
            world.flush(Map.of(0L, 3));
        }
        world.restart();
        world.memory.storm();
        for (int i = 0; i < 50; i++) {
            world.nowMs += 10_000;
            world.passThroughFaults();
            world.restart();
        }
        world.memory.calm();
        world.settle();

        assertThat(world.memory.objects()).containsExactlyElementsOf(world.referenced());
        assertThat(world.housekeeping().lastCollectionMs()).isEqualTo(world.nowMs);
    }

    @Test
    void deletesAnOrphanOnlyWhenItsCommitCanNeverCome() {
        // Given an object of a flush that is under way
        retain(Map.of());
        SegmentRef pending = world.write(Map.of(0L, 3), new ArrayList<>());
        world.restart();

        // When hours pass without its commit
        world.nowMs += 10_000_000;
        world.pass();
        world.nowMs += 10_000_000;
        world.pass();
        assertThat(world.memory.objects()).contains(pending.key());

        // Then it is deleted once another flush has taken its place
        world.ends.clear();
        world.flush(Map.of(0L, 3));
        world.nowMs += 10_000_000;
        world.pass();
        assertThat(world.memory.objects()).doesNotContain(pending.key());
        world.verify("after the hunt");
    }

    @Test
    void findsWhatAFlushOfThisVeryLeaderHasLeftBehind() {
        // Given a shard that has been searched for orphans
        retain(Map.of());
        world.flush(Map.of(0L, 3));
        world.settle();

        // When an answer of the store is lost, so that the flush is repeated with another object
        SegmentRef left = world.write(Map.of(0L, 3), new ArrayList<>());
        world.ends.put(0L, world.shard.flushedRange(STREAM).orElseThrow().to());
        world.flush(Map.of(0L, 3));
        world.nowMs += ShardKeeper.HUNT_EVERY_MS;
        world.pass();

        // Then
        assertThat(world.memory.objects()).doesNotContain(left.key());
        world.verify("after the hunt");
    }

    @Test
    void leavesForeignObjectsAlone() {
        retain(Map.of());
        ObjectKey foreign = new ObjectKey("0/1/somebody-elses");
        ObjectKey otherShard = new ObjectKey("0/2/s-1-1-1-0000000000000001");
        world.memory.create(foreign, List.of()).join();
        world.memory.create(otherShard, List.of()).join();
        world.flush(Map.of(0L, 3));

        world.settle();

        assertThat(world.memory.objects()).contains(foreign, otherShard);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void losesNothingWhenItDiesAtAnyStep(int steps) {
        // Given work for merging, roll-up, trimming and deletion
        retain(Map.of("retention.ms", "200000"));
        for (int i = 0; i < 12; i++) {
            world.flush(Map.of(0L, 4, 1L, 2));
            world.nowMs += 20_000;
        }

        // When commands stop getting through after so many, and the process starts again
        int[] left = {steps};
        world.shard.fates(() -> {
            if (left[0]-- > 0) {
                return Fate.APPLIED;
            }
            world.memory.storm();
            return left[0] == -1 ? Fate.ANSWER_LOST : Fate.REFUSED;
        });
        for (int i = 0; i < 3; i++) {
            world.passThroughFaults();
        }
        world.memory.calm();
        world.shard.fates(() -> Fate.APPLIED);
        world.restart();

        // Then
        world.verify("after a crash at step " + steps);
        world.settle();
        world.verify("after recovery from step " + steps);
        assertThat(world.memory.objects()).containsExactlyElementsOf(world.referenced());
        assertThat(world.shard.intents()).isEmpty();
    }

    @Test
    void replacesNothingWhenAnInputIsGone() {
        // Given a compaction whose input is replaced by somebody else before it ends
        retain(Map.of());
        for (int i = 0; i < 3; i++) {
            world.flush(Map.of(0L, 3));
        }
        boolean[] raced = {false};
        world.shard.fates(() -> {
            if (!raced[0] && !world.shard.intents().isEmpty()) {
                raced[0] = true;
                long own = world.shard.intents().getFirst().id();
                world.shard.led().abort(own).join();
            }
            return Fate.APPLIED;
        });
        world.passThroughFaults();
        world.shard.fates(() -> Fate.APPLIED);

        world.verify("after the race");
        world.settle();
        assertThat(world.memory.objects()).containsExactlyElementsOf(world.referenced());
    }

    @Test
    void letsGoOfNothingThatAnOlderStateDidNotKnow() {
        // Given two segments in which everything lives
        retain(Map.of());
        world.flush(Map.of(0L, 3));
        world.flush(Map.of(1L, 3));
        List<SegmentRef> live = world.shard.view().segments();

        // When the group fails while the first is read, and leads again once the second is
        Queue<Runnable> reads = new ArrayDeque<>(List.of(world.shard::fail, world.shard::heal));
        world.memory.meanwhile(operation -> {
            if (operation == Operation.READ && !reads.isEmpty()) {
                reads.remove().run();
            }
        });
        world.passThroughFaults();

        // Then
        assertThat(reads).isEmpty();
        assertThat(world.shard.view().segments()).isEqualTo(live);
        assertThat(world.shard.retired()).isEmpty();
        world.settle();
        world.verify("after the heal");
    }

    @Test
    void takesNothingForAnOrphanThatAnOlderStateDidNotKnow() {
        // Given a flush that is committed once its object was listed
        retain(Map.of());
        world.flush(Map.of(0L, 3));
        List<Runnable> onCommit = new ArrayList<>();
        SegmentRef fresh = world.write(Map.of(0L, 3), onCommit);
        boolean[] committed = {false};
        world.shard.fates(() -> {
            if (!committed[0]) {
                committed[0] = true;
                world.shard.commit(fresh, Map.of(STREAM, world.ends.getOrDefault(0L, 0L)));
                // When the group fails between the looks at what is flushed and at what is known
                world.shard.afterNextLook(world.shard::fail);
            }
            return Fate.APPLIED;
        });
        world.passThroughFaults();
        onCommit.forEach(Runnable::run);
        world.shard.heal();

        // Then
        assertThat(committed[0]).isTrue();
        assertThat(world.memory.objects()).contains(fresh.key());
        world.verify("after the heal");
    }

    @Test
    void leavesTheShardAloneWhileItDoesNotLead() {
        retain(Map.of());
        for (int i = 0; i < 10; i++) {
            world.flush(Map.of(0L, 3));
        }
        Term over = world.shard.led();
        world.shard.lead(false);
        long before = requests();

        assertThat(world.pass()).isFalse();

        assertThat(requests()).isEqualTo(before);
        assertThatThrownBy(() -> over.abort(1).join()).hasMessageContaining("refusal");
    }

    @Test
    void comesToAnEndWithALiveRestThatIsBiggerThanAnOutput() {
        // Given: a manifest of segments, of which a fifth is live, and that fifth is bigger than an output gets
        Map<Long, Integer> batches = new HashMap<>();
        for (long stream = 0; stream < 10; stream++) {
            batches.put(stream, 20);
        }
        for (int i = 0; i < 6; i++) {
            world.flush(batches);
        }
        world.settle();
        assertThat(world.shard.view().manifests()).isNotEmpty();
        for (long stream = 2; stream < 10; stream++) {
            world.delete(stream);
        }

        long before = storedBytes();

        // When: it looks at them anew, which it had no reason to while the longest-lived stream of each lives
        world.restart();
        world.settle();

        // Then
        assertThat(storedBytes()).isLessThan(before / 3);
        world.verify("after the sweep");
    }
}
