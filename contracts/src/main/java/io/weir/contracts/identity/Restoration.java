package io.weir.contracts.identity;

/**
 * The number of a restore: how often a cluster has begun anew from its object store. In each of its lives numbers of
 * every kind go on in a range of their own. So none is given out twice, even if the life before it gave some out and
 * left no trace of them.
 */
public record Restoration(long number) {
    /** More disasters than any cluster lives to see; each kind of numbers has room for so many ranges. */
    public static final long MOST = 1000;

    private static final long QUARTERS = 4;

    public Restoration {
        if (number < 1 || number > MOST) {
            throw new IllegalArgumentException("A restore's number must be 1 to " + MOST + ": " + number);
        }
    }

    /** The one behind this. */
    public Restoration next() {
        return new Restoration(number + 1);
    }

    /**
     * Where numbers go on: the beginning of a range that no other life begins with, whatever backup it begins with. Of
     * the ranges, counted from 0, every {@link #MOST} + 1st is this life's; it takes the first of them that leaves room
     * behind what was reached for what was given out since the backup.
     *
     * <p>So nothing is given out twice while each life gives out less than a range, and less than a quarter of one
     * since its last backup.
     *
     * @param reached how far they are known to have got; less than 0 when none was given out
     * @param range more of them than are given out in one life, at least 4
     * @throws ArithmeticException when there are not so many numbers
     */
    public long goesOnAt(long reached, long range) {
        if (range < QUARTERS) {
            throw new IllegalArgumentException("A range of " + range + " has no quarters");
        }
        long least = Math.ceilDiv(Math.addExact(Math.max(0, reached), range / QUARTERS), range);
        long rounds = Math.max(0, Math.ceilDiv(least - number, MOST + 1));
        return Math.multiplyExact(number + rounds * (MOST + 1), range);
    }
}
