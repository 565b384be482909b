package io.weir.contracts.identity;

/** One ordered, append-only log. Never used twice, so that a topic deleted and created again cannot meet its ghost. */
public record StreamId(long value) {
    public StreamId {
        if (value < 0) {
            throw new IllegalArgumentException("StreamId must not be negative: " + value);
        }
    }

    @Override
    public String toString() {
        return "s" + Long.toString(value);
    }
}
