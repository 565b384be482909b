package io.weir.kafka;

import io.weir.testsupport.seed.LongRun;
import java.time.Duration;
import java.util.Random;

/**
 * Tries a decoder with one seed after another, for a while. {@code -Dweir.seed=S} repeats a short run from a seed that
 * failed.
 */
public final class Fuzzing {
    private static final Duration BRIEFLY = Duration.ofSeconds(6);

    private final String name;
    private final Attempt attempt;

    public Fuzzing(Class<?> test, Attempt attempt) {
        this.name = test.getSimpleName();
        this.attempt = attempt;
    }

    /** One try; throws when the decoder does not do as it should. */
    @FunctionalInterface
    public interface Attempt {
        void with(Random random) throws Exception;
    }

    public void briefly() {
        long end = System.nanoTime() + BRIEFLY.toNanos();
        long seed = Long.getLong("weir.seed", System.nanoTime() >>> 20);
        do {
            try {
                attempt.with(new Random(seed));
            } catch (Exception | Error wrong) {
                throw new AssertionError(name + ", seed " + seed + ": " + wrong, wrong);
            }
            seed++;
        } while (System.nanoTime() < end);
    }

    public void forLong() throws Exception {
        LongRun.of(name).run("mutated inputs", seed -> {
            attempt.with(new Random(seed));
            return 1;
        });
    }

    /** Damages bytes in one of the ways that networks and clients do: flips, cuts, repeats, and strange numbers. */
    public static byte[] damaged(byte[] bytes, Random random) {
        byte[] damaged = bytes.clone();
        for (int i = random.nextInt(4); i >= 0 && damaged.length > 0; i--) {
            int at = random.nextInt(damaged.length);
            switch (random.nextInt(6)) {
                case 0 -> damaged = java.util.Arrays.copyOf(damaged, at);
                case 1 -> damaged[at] = (byte) 0xff;
                case 2 -> damaged[at] = (byte) random.nextInt();
                case 3 -> damaged = repeated(damaged, at, 1 + random.nextInt(40));
                default -> damaged[at] ^= (byte) (1 << random.nextInt(8));
            }
        }
        return damaged;
    }

    private static byte[] repeated(byte[] bytes, int from, int most) {
        int size = Math.min(most, bytes.length - from);
        byte[] longer = new byte[bytes.length + size];
        System.arraycopy(bytes, 0, longer, 0, from + size);
        System.arraycopy(bytes, from, longer, from + size, bytes.length - from);
        return longer;
    }
}
