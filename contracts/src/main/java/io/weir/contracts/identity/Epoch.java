package io.weir.contracts.identity;

/** A fencing number: whoever holds a lower one is refused. */
public record Epoch(int value) {
    public Epoch {
        if (value < 0) {
            throw new IllegalArgumentException("Epoch must not be negative: " + value);
        }
    }

    @Override
    public String toString() {
        return "e" + Long.toString(value);
    }
}
