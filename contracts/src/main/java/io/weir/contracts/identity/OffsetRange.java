package io.weir.contracts.identity;

/**
 * A half-open range of offsets of one stream. Compaction can leave it sparse inside.
 *
 * @param from the first offset, inclusive
 * @param to the end, exclusive; equal to {@code from} when empty
 */
public record OffsetRange(long from, long to) {
    public OffsetRange {
        if (from < 0 || to < from) {
            throw new IllegalArgumentException("Illegal offset range [" + from + ", " + to + ")");
        }
    }

    public boolean contains(long offset) {
        return from <= offset && offset < to;
    }

    public boolean isEmpty() {
        return from == to;
    }

    /** Whether any offset lies in both ranges. */
    public boolean overlaps(OffsetRange other) {
        return from < other.to && other.from < to;
    }
}
