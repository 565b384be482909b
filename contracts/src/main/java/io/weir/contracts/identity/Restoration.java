package io.weir.contracts.identity;

/**
 * The number of a restore: how often a cluster has begun anew from its object store. In each of its lives numbers of
 * every kind go on in a range of their own. So none is given out twice, even if the life before it gave some out and
 * left no trace of them.
 */
public record Restoration(long number) {
    /** More disasters than any cluster lives to see; each kind of numbers has room for so many ranges. */
    public static final long MOST = 1000;

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
     * Where numbers go on.
     *
     * @param reached how far they are known to have got
     * @param range more of them than are given out in one life
     */
    public long goesOnAt(long reached, long range) {
        return Math.multiplyExact(Math.max(number, Math.max(0, reached) / range + 1), range);
    }
}
