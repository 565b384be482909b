package io.weir.contracts.identity;

/** One ordered, append-only log. Never used twice, so that a topic deleted and created again cannot meet its ghost. */
public record StreamId(long value) implements Comparable<StreamId> {
    public StreamId {
        if (value < 0) {
            throw new IllegalArgumentException("StreamId must not be negative: " + value);
        }
    }

    /** In the order in which they were given out. */
    @Override
    public int compareTo(StreamId other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return "s" + Long.toString(value);
    }
}
