package io.weir.metadata.cursor;

import io.weir.contracts.cell.CellRecord;
import java.util.List;

/** What is proposed to the cursor group. */
public sealed interface CursorCommand {
    int cell();

    int epoch();

    /** From now on the cell takes appends of this epoch only; refused when it has seen a higher one. */
    record Fence(int cell, int epoch) implements CursorCommand {}

    /** Appends to the cell's log, at a position that must be its end. */
    record Append(int cell, int epoch, long expectedPosition, List<CellRecord> records) implements CursorCommand {
        public Append {
            records = List.copyOf(records);
        }
    }
}
