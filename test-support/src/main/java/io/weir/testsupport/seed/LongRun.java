package io.weir.testsupport.seed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One test's share of {@code ./weir test --long}: seeds from {@code weir.long.seed.NAME} on until
 * {@code weir.long.minutes} divided by {@code weir.long.shares} are over, and a file of result in the directory
 * {@code weir.long.results}.
 *
 * <p>Threading: the caller's thread only.
 */
public final class LongRun {
    private final String name;
    private final long first;
    private final Duration time;
    private final @Nullable Path results;

    LongRun(String name, long first, Duration time, @Nullable Path results) {
        this.name = name;
        this.first = first;
        this.time = time;
        this.results = results;
    }

    /** The run that the system properties ask for; the name is that of its line in the report. */
    public static LongRun of(String name) {
        Duration whole = Duration.ofMinutes(Math.max(1, Long.getLong("weir.long.minutes", 1)));
        String directory = System.getProperty("weir.long.results");
        return new LongRun(
                name,
                Long.getLong("weir.long.seed." + name, 1),
                whole.dividedBy(Math.max(1, Long.getLong("weir.long.shares", 1))),
                directory == null ? null : Path.of(directory));
    }

    /** What is done with a seed. */
    @FunctionalInterface
    public interface Body {
        /** Returns how many of the counted things there were. */
        long run(long seed) throws Exception;
    }

    /**
     * Runs at least one seed; the first that fails ends the run and is the next run's first, so that it cannot be
     * forgotten.
     */
    public void run(String counted, Body body) throws Exception {
        long began = System.nanoTime();
        long seed = first;
        long count = 0;
        do {
            try {
                count += body.run(seed);
            } catch (Exception | Error failure) {
                report(seed, count + " " + counted + ", then SEED " + seed + " FAILED: " + firstLine(failure));
                throw new AssertionError("Seed " + seed + " failed", failure);
            }
            seed++;
        } while (System.nanoTime() - began < time.toNanos());
        report(seed, String.format(Locale.ROOT, "%,d seeds, %,d %s: nothing found", seed - first, count, counted));
    }

    private void report(long next, String result) throws IOException {
        System.out.println(name + ": seeds " + first + " to " + (next - 1) + ": " + result);
        if (results != null) {
            Files.createDirectories(results);
            Files.write(results.resolve(name), List.of(Long.toString(next), result));
        }
    }

    private static String firstLine(Throwable failure) {
        return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    }
}
