package io.weir.contracts.cell;

import java.util.List;

/**
 * What a cell holds.
 *
 * @param records one per live key, in the order in which they were last written
 * @param nextPosition where its log ends
 */
public record CellContents(List<CellRecord> records, long nextPosition) {
    public CellContents {
        records = List.copyOf(records);
    }
}
