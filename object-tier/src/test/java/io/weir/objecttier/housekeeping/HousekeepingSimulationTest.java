package io.weir.objecttier.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.identity.OffsetRange;
import io.weir.contracts.identity.StreamId;
import io.weir.objecttier.sample.SimulatedShard.Fate;
import io.weir.testsupport.object.MemoryObjectStore.Operation;
import io.weir.testsupport.seed.LongRun;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Flushes, trims, deletions, ageing, faults and crashes in random order: after each step every live offset is readable,
 * and in the end nothing is left that nobody refers to. {@code -Dweir.sim.seeds=N} runs more seeds.
 */
class HousekeepingSimulationTest {
    private static final int STEPS = 60;
    private static final int STREAMS = 6;

    static LongStream seeds() {
        return LongStream.range(0, Long.getLong("weir.sim.seeds", 200));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void keepsWhatLivesAndDeletesTheRest(long seed) {
        // Given
        ShardWorld world = new ShardWorld(seed);
        Random random = world.random;
        retention(world, random);

        // When
        for (int step = 0; step < STEPS; step++) {
            String description = "seed " + seed + " step " + step;
            step(world, random);
            world.memory.calm();
            world.shard.fates(() -> Fate.APPLIED);
            assertThat(world.memory.objects()).as(description).containsAll(world.referenced());
            world.verify(description);
        }
        world.settle();

        // Then
        world.verify("seed " + seed + " at the end");
        assertThat(world.shard.intents()).as("seed %d", seed).isEmpty();
        assertThat(world.shard.retired()).as("seed %d", seed).isEmpty();
        world.restart();
        world.settle();
        assertThat(world.memory.objects())
                .as("seed %d: objects in the store", seed)
                .containsExactlyElementsOf(world.referenced());
        world.verify("seed " + seed + " after a restart");
    }

    @Test
    @Tag("long")
    @Tag("long-sim")
    void everySeedForLong() throws Exception {
        LongRun.of("HousekeepingSimulationTest").run("steps", seed -> {
            keepsWhatLivesAndDeletesTheRest(seed);
            return STEPS;
        });
    }

    private static void step(ShardWorld world, Random random) {
        switch (random.nextInt(13)) {
            case 0, 1, 2, 3 -> world.flush(someBatches(random));
            case 4, 5 -> world.passThroughFaults();
            case 6 -> {
                world.memory.failNext(1 + random.nextInt(3), anyOperation(random));
                world.memory.loseAnswers(random.nextInt(2), Operation.CREATE);
                world.passThroughFaults();
            }
            case 7 -> {
                world.shard.fates(() -> switch (random.nextInt(7)) {
                    case 0 -> Fate.REFUSED;
                    case 1 -> Fate.ANSWER_LOST;
                    default -> Fate.APPLIED;
                });
                world.passThroughFaults();
            }
            case 8 -> crash(world, random);
            case 9 -> trim(world, random);
            case 10 -> {
                world.nowMs += random.nextInt(100_000);
                world.passThroughFaults();
            }
            case 11 -> heal(world, random);
            default -> {
                if (random.nextInt(4) == 0) {
                    world.delete(random.nextInt(STREAMS));
                } else if (random.nextInt(3) == 0) {
                    retention(world, random);
                } else {
                    world.flushAndDie(someBatches(random));
                    world.flush(someBatches(random));
                }
            }
        }
    }

    /** From some command on nothing gets through any more; then the process is started again. */
    private static void crash(ShardWorld world, Random random) {
        int[] left = {random.nextInt(4)};
        boolean applied = random.nextBoolean();
        world.shard.fates(() -> {
            if (left[0]-- > 0) {
                return Fate.APPLIED;
            }
            world.memory.storm();
            return left[0] == -1 && applied ? Fate.ANSWER_LOST : Fate.REFUSED;
        });
        world.passThroughFaults();
        world.restart();
    }

    /** The shard's group fails in the middle of a pass, which goes on when it leads again, over the same state. */
    private static void heal(ShardWorld world, Random random) {
        int[] calls = {random.nextInt(6), random.nextInt(6)};
        world.memory.meanwhile(operation -> {
            if (calls[0]-- == 0) {
                world.shard.fail();
            } else if (calls[0] < 0 && calls[1]-- == 0) {
                world.shard.heal();
            }
        });
        world.passThroughFaults();
        world.memory.meanwhile(operation -> {});
        world.shard.heal();
    }

    private static void trim(ShardWorld world, Random random) {
        StreamId stream = new StreamId(random.nextInt(STREAMS));
        OffsetRange range = world.shard.flushedRange(stream).orElse(new OffsetRange(0, 0));
        if (!range.isEmpty()) {
            long to = range.from() + random.nextLong(range.to() - range.from() + 1);
            world.shard.led().trim(Map.of(stream, to)).join();
        }
    }

    private static void retention(ShardWorld world, Random random) {
        world.metadata.topics(
                ShardWorld.SHARD,
                STREAMS / 3,
                List.of(
                        Map.of("retention.ms", "-1"),
                        Map.of("retention.ms", String.valueOf(random.nextInt(2_000_000))),
                        Map.of("retention.ms", "-1", "retention.bytes", String.valueOf(random.nextInt(20_000)))));
    }

    private static Operation anyOperation(Random random) {
        return List.of(Operation.values()).get(random.nextInt(Operation.values().length));
    }

    private static Map<Long, Integer> someBatches(Random random) {
        Map<Long, Integer> batches = new HashMap<>();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            batches.put((long) random.nextInt(STREAMS), 1 + random.nextInt(5));
        }
        return batches;
    }
}
