package io.weir.metadata;

import java.util.stream.LongStream;

/** Which seeds a simulation runs with: {@code -Dweir.sim.first} and {@code -Dweir.sim.seeds}. */
public final class Seeds {
    private Seeds() {}

    /** Those that once failed, then the range that was asked for. */
    public static LongStream with(long... regressionSeeds) {
        long first = Long.getLong("weir.sim.first", 1);
        long count = Long.getLong("weir.sim.seeds", 200);
        return LongStream.concat(LongStream.of(regressionSeeds), LongStream.range(first, first + count));
    }

    /** Takes a simulation's steps; a failure names the seed and the step. */
    public static void walk(long seed, int steps, Runnable oneStep) {
        for (int step = 0; step < steps; step++) {
            try {
                oneStep.run();
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError("Seed " + seed + ", step " + step + ": " + failure.getMessage(), failure);
            }
        }
    }
}
