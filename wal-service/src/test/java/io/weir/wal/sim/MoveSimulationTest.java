package io.weir.wal.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.seed.LongRun;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class MoveSimulationTest {
    /** Seeds that once found something. */
    private static final List<Long> REGRESSION_SEEDS = List.of(846L, 970L, 974L, 1013L, 1022L, 1195L);

    private static final int STEPS = 3_000;
    private static final int AWAY_SEEDS = 60;

    @Test
    void streamsMoveWithoutLossOrRepetitionWhateverTheSeed() {
        long first = Long.getLong("weir.sim.first", 1);
        long count = Long.getLong("weir.sim.seeds", 100);
        long acknowledged = 0;
        long crashes = 0;
        long moved = 0;
        for (long seed = first; seed < first + count; seed++) {
            MoveSimulation simulation = run(seed);
            acknowledged += simulation.acknowledged();
            crashes += simulation.crashes();
            moved += simulation.moved();
        }
        System.out.println("Seeds " + first + " to " + (first + count - 1) + ": " + acknowledged
                + " acknowledged batches, " + moved + " moves, " + crashes + " crashes");
        assertThat(moved).isGreaterThan(count);
    }

    @Test
    void streamsTakeAppendsWhereTheyAreWhileTheShardThatTheyGoToIsAway() {
        long first = Long.getLong("weir.sim.first", 1);
        int over = 0;
        for (long seed = first; seed < first + AWAY_SEEDS; seed++) {
            try {
                over += new MoveSimulation(seed).runWithoutDestination(300) ? 1 : 0;
            } catch (Throwable failure) {
                throw new AssertionError("Seed " + seed + " failed", failure);
            }
        }
        assertThat(over).as("seeds whose moves were over without that shard").isBetween(5, AWAY_SEEDS - 5);
    }

    @Test
    @Tag("long")
    @Tag("long-sim")
    void streamsMoveForLong() throws Exception {
        LongRun.of("MoveSimulationTest")
                .run("acknowledged batches", seed -> run(seed).acknowledged());
    }

    @Test
    void survivesTheSeedsThatOnceFoundSomething() {
        REGRESSION_SEEDS.forEach(MoveSimulationTest::run);
    }

    private static MoveSimulation run(long seed) {
        try {
            MoveSimulation simulation = new MoveSimulation(seed);
            simulation.run(STEPS);
            return simulation;
        } catch (Throwable failure) {
            throw new AssertionError(
                    "Seed " + seed + " failed; run it with -Dweir.sim.first=" + seed + " -Dweir.sim.seeds=1", failure);
        }
    }
}
