package io.weir.contracts.identity;

/** One process of the cluster. */
public record NodeId(int value) {
    public NodeId {
        if (value < 0) {
            throw new IllegalArgumentException("NodeId must not be negative: " + value);
        }
    }

    @Override
    public String toString() {
        return "node-" + Long.toString(value);
    }
}
