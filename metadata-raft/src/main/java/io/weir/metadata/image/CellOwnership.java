package io.weir.metadata.image;

import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * Who owns a cell.
 *
 * @param owner null when nobody does
 * @param epoch the last one given out
 */
public record CellOwnership(@Nullable NodeId owner, Epoch epoch) {
    /** A cell that nobody ever owned. */
    public static final CellOwnership NONE = new CellOwnership(null, new Epoch(0));
}
