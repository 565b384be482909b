package io.weir.wal.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.seed.LongRun;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class PeersSimulationTest {
    /** Seeds that once found something. */
    private static final List<Long> REGRESSION_SEEDS = List.of(2144L);

    private static final int STEPS = 1_500;

    @Test
    void survivesEverySeed() {
        long first = Long.getLong("weir.sim.first", 1);
        long count = Long.getLong("weir.sim.seeds", 200);
        long acknowledged = 0;
        long elections = 0;
        long crashes = 0;
        long restores = 0;
        for (long seed = first; seed < first + count; seed++) {
            PeersSimulation simulation = run(seed);
            acknowledged += simulation.acknowledged();
            elections += simulation.elections();
            crashes += simulation.crashes();
            restores += simulation.restores();
        }
        System.out.println("Seeds " + first + " to " + (first + count - 1) + ": " + acknowledged
                + " acknowledged batches, " + elections + " elections, " + crashes + " crashes, " + restores
                + " beginnings from a snapshot");
        assertThat(List.of(acknowledged, elections, crashes, restores))
                .allSatisfy(number -> assertThat(number).isPositive());
    }

    @Test
    @Tag("long")
    @Tag("long-sim")
    void survivesEverySeedForLong() throws Exception {
        LongRun.of("PeersSimulationTest")
                .run("acknowledged batches", seed -> run(seed).acknowledged());
    }

    @Test
    void survivesTheSeedsThatOnceFoundSomething() {
        REGRESSION_SEEDS.forEach(PeersSimulationTest::run);
    }

    private static PeersSimulation run(long seed) {
        try {
            PeersSimulation simulation = new PeersSimulation(seed);
            simulation.run(STEPS);
            return simulation;
        } catch (Throwable failure) {
            throw new AssertionError(
                    "Seed " + seed + " failed; run it with -Dweir.sim.first=" + seed + " -Dweir.sim.seeds=1", failure);
        }
    }
}
