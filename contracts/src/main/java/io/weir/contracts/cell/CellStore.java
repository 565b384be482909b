package io.weir.contracts.cell;

import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The durable contents of cells, in the cursor group, and their ownership, in the metadata group.
 *
 * <p>A cell is a log of key-value records of which only the last value of each key is kept. Its owner appends at
 * positions it counts itself, without waiting for one append before the next, and rebuilds its memory with
 * {@link #load} after it has acquired the cell. An append that fails, or whose outcome is unknown, fails all behind it:
 * the owner resigns and loads again.
 *
 * <p>Threading: any thread; never blocks. Futures complete on a thread of the store's that must not be blocked,
 * exceptionally with a {@link io.weir.contracts.failure.ServiceException} when the store cannot be reached.
 */
public interface CellStore {
    /** How many cells there are, fixed when the cluster is created. */
    int CELLS = 256;

    /** Largest key and value together, in bytes, of one append. */
    int MAX_APPEND_BYTES = 1 << 20;

    /**
     * Makes the node the cell's owner under a new epoch, above every earlier one. A former owner's appends are refused
     * from then on.
     *
     * @return empty when another node owns the cell under a lease that has not expired
     */
    CompletableFuture<java.util.Optional<Epoch>> acquire(CellId cell, NodeId owner);

    /**
     * Appends records. All become durable together, or none.
     *
     * @param expectedPosition where the owner believes the cell's log ends: the number of records ever appended
     * @throws io.weir.contracts.failure.ServiceException {@code STORAGE_FULL} when there is no room for the records, as
     *     far as is known here: then nothing was begun, and the position is still to be had. When room runs out on the
     *     way, the future fails instead, as does all behind it.
     */
    CompletableFuture<CellAppend> append(CellId cell, Epoch epoch, long expectedPosition, List<CellRecord> records);

    /** The cell's live records, in the order of their positions, and where its log ends; current as of the call. */
    CompletableFuture<CellContents> load(CellId cell, Epoch epoch);

    /** Gives the cell up. Does nothing when the epoch is not the current one. */
    CompletableFuture<Void> resign(CellId cell, Epoch epoch);
}
