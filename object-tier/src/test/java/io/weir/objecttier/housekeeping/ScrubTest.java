package io.weir.objecttier.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.segment.ManifestRef;
import io.weir.contracts.segment.SegmentView;
import io.weir.objecttier.read.ReadBudget;
import io.weir.objecttier.read.SegmentObjects;
import io.weir.testsupport.object.MemoryObjectStore.Operation;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ScrubTest {
    private static final Duration ROUND = Duration.ofHours(10);
    private static final long STEP_MS = 60_000;

    private final ShardWorld world = new ShardWorld(7);
    private Scrub scrub = scrub(ROUND);

    private Scrub scrub(Duration every) {
        SegmentObjects objects = new SegmentObjects(
                world.store, new ReadBudget(8, 1 << 20, 1000), 1 << 20, 1 << 20, new SimpleMeterRegistry());
        return new Scrub(every, world.store, objects, world.random::nextLong);
    }

    @BeforeEach
    void write() {
        world.metadata.topics(ShardWorld.SHARD, 2, List.of(Map.of("retention.ms", "-1")));
        for (int i = 0; i < 20; i++) {
            world.flush(Map.of(0L, 3, 1L, 2));
            world.pass();
        }
        world.settle();
        world.flush(Map.of(0L, 3, 1L, 2));
        assertThat(world.shard.view().manifests()).isNotEmpty();
        assertThat(world.shard.view().segments()).isNotEmpty();
    }

    /** Lets time go by, in which everything can be looked at. */
    private void goOn(Duration time) {
        for (long passed = 0; passed <= time.toMillis(); passed += STEP_MS) {
            while (scrub.pass(world.shard.view(), world.nowMs)) {
                assertThat(scrub.bytes()).isLessThan(1L << 30);
            }
            world.nowMs += STEP_MS;
        }
    }

    private long storedBytes() {
        SegmentView view = world.shard.view();
        return world.referenced().stream()
                .filter(key ->
                        view.manifests().stream().noneMatch(it -> it.key().equals(key)))
                .mapToLong(key -> world.memory.bytes(key).length)
                .sum();
    }

    private void flip(ObjectKey key, int at) {
        byte[] bytes = world.memory.bytes(key).clone();
        bytes[at] ^= 1;
        world.memory.overwrite(key, bytes);
    }

    @Test
    void readsEverythingAboutOnceInARound() {
        goOn(ROUND);
        assertThat((double) scrub.bytes()).isBetween(0.9 * storedBytes(), 1.6 * storedBytes());
        assertThat(scrub.damaged()).isZero();
    }

    @Test
    void findsEveryDamagedAndEveryMissingObject() {
        // Given a flipped bit in each part of what there is
        Set<ObjectKey> keys = new TreeSet<>(world.referenced());
        world.shard.view().manifests().stream().map(ManifestRef::key).forEach(keys::remove);
        ObjectKey inBlock = world.shard.view().segments().getLast().key();
        ObjectKey inFooter = keys.iterator().next();
        ObjectKey missing = keys.stream()
                .filter(key -> !key.equals(inBlock) && !key.equals(inFooter))
                .findFirst()
                .orElseThrow();
        flip(inBlock, 100);
        flip(inFooter, world.memory.bytes(inFooter).length - 40);
        world.memory.delete(List.of(missing)).join();

        // When
        goOn(ROUND.plus(ROUND));

        // Then
        assertThat(scrub.damaged()).isEqualTo(3);
    }

    @Test
    void aDamagedPageOfAManifestHidesNothing() {
        flip(world.shard.view().manifests().getFirst().key(), 30);
        flip(world.shard.view().segments().getLast().key(), 100);
        goOn(ROUND.plus(ROUND));
        assertThat(scrub.damaged()).isEqualTo(2);
    }

    @Test
    void whatWasPutRightIsForgottenAfterAnotherRound() {
        ObjectKey key = world.shard.view().segments().getLast().key();
        flip(key, 100);
        goOn(ROUND.plus(ROUND));
        assertThat(scrub.damaged()).isEqualTo(1);
        flip(key, 100);
        goOn(ROUND.multipliedBy(4));
        assertThat(scrub.damaged()).isZero();
    }

    @Test
    void aStoreThatDoesNotAnswerIsAskedAgain() {
        flip(world.shard.view().segments().getLast().key(), 100);
        world.memory.storm();
        for (int i = 0; i <= Scrub.MOST_TRIES; i++) {
            assertThatThrownBy(() -> goOn(ROUND)).isInstanceOf(ServiceException.class);
        }
        assertThat(scrub.damaged()).isZero();
        world.memory.calm();
        goOn(ROUND.plus(ROUND));
        assertThat(scrub.damaged()).isEqualTo(1);
    }

    @Test
    void anObjectThatTheStoreHasAndDoesNotGiveIsDamageAndHidesNothingBehindIt() {
        Set<ObjectKey> keys = new TreeSet<>(world.referenced());
        ObjectKey damaged = world.shard.view().segments().getLast().key();
        ObjectKey manifest = world.shard.view().manifests().getFirst().key();
        ObjectKey unreadable = keys.stream()
                .filter(key -> !key.equals(damaged) && !key.equals(manifest))
                .findFirst()
                .orElseThrow();
        flip(damaged, 100);
        world.memory.loseSectorOf(unreadable);

        // When it is tried a few times in each of two rounds
        int failures = 0;
        for (long passed = 0; passed <= ROUND.plus(ROUND).toMillis(); passed += STEP_MS) {
            try {
                goOn(Duration.ZERO);
            } catch (ServiceException notGiven) {
                failures++;
            }
        }

        // Then
        assertThat(scrub.damaged()).isEqualTo(2);
        assertThat(failures).isBetween(Scrub.MOST_TRIES - 1, 3 * (Scrub.MOST_TRIES - 1));
    }

    @Test
    void timeThatPassedUnseenIsMadeUpForByOneRoundAtMost() {
        scrub.pass(world.shard.view(), world.nowMs);
        world.nowMs += ROUND.multipliedBy(100).toMillis();
        goOn(Duration.ZERO);
        assertThat(scrub.bytes()).isLessThan(storedBytes());
    }

    @Test
    void withoutAnIntervalNothingIsRead() {
        scrub = scrub(Duration.ZERO);
        long before = world.memory.requests(Operation.READ);
        goOn(ROUND);
        assertThat(world.memory.requests(Operation.READ)).isEqualTo(before);
    }

    @Test
    void aRestForgetsWhatWasFound() {
        flip(world.shard.view().segments().getLast().key(), 100);
        goOn(ROUND.plus(ROUND));
        scrub.rest();
        assertThat(scrub.damaged()).isZero();
    }
}
