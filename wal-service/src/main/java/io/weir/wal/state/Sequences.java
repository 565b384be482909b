package io.weir.wal.state;

/**
 * Sequences of idempotent producers, which run from 0 to 2³¹−1 and start again; and runs of them without a gap, of
 * which nothing but the first and the last is kept, in one word: one more than the first, or 0 if that is not known, in
 * the high half, the last in the low one.
 */
final class Sequences {
    /** Half of all sequences count as behind any one of them, half as before it. */
    private static final int LONGEST_RUN = 1 << 30;

    private Sequences() {}

    /** The last sequence of a batch. */
    static int last(int first, int lastDelta) {
        return (first + lastDelta) & Integer.MAX_VALUE;
    }

    static int following(int sequence) {
        return (sequence + 1) & Integer.MAX_VALUE;
    }

    static long run(int first, int last) {
        return ((first + 1L) << 32) | last;
    }

    static int lastOf(long run) {
        return (int) run;
    }

    /** The same run up to a later sequence. Of one too long to be compared with, the beginning is forgotten. */
    static long upTo(long run, int last) {
        if (run >>> 32 == 0) {
            return last;
        }
        int first = firstOf(run);
        return run(distance(first, last) > LONGEST_RUN ? (last - LONGEST_RUN) & Integer.MAX_VALUE : first, last);
    }

    /** Whether a run is known to hold all of a batch's sequences, and so many more behind them. */
    static boolean holds(long run, int first, int lastDelta, long more) {
        int behind = distance(first, lastOf(run));
        return run >>> 32 > 0 && behind <= distance(firstOf(run), lastOf(run)) && lastDelta + more <= behind;
    }

    private static int firstOf(long run) {
        return (int) ((run >>> 32) - 1);
    }

    private static int distance(int from, int to) {
        return (to - from) & Integer.MAX_VALUE;
    }
}
