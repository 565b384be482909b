package io.weir.contracts.identity;

/**
 * A numbered bucket of coordination state (consumer groups, cursors, sessions); there are
 * {@link io.weir.contracts.cell.CellStore#CELLS} of them.
 */
public record CellId(int value) {
    public CellId {
        if (value < 0) {
            throw new IllegalArgumentException("CellId must not be negative: " + value);
        }
    }

    @Override
    public String toString() {
        return "cell-" + Long.toString(value);
    }
}
