package io.weir.wal.entry;

import io.weir.contracts.identity.TenantId;

/**
 * Consecutive streams that are opened together.
 *
 * @param first id of the first stream
 * @param count how many
 * @param incarnation counts the streams' moves between shards
 */
public record StreamRange(long first, long count, int incarnation, TenantId tenant) {
    public StreamRange {
        if (first < 0 || count < 1 || first + count < 0 || incarnation < 0) {
            throw new IllegalArgumentException(
                    "Illegal range of " + count + " streams from " + first + ", incarnation " + incarnation);
        }
    }

    /** The id after the last one. */
    public long end() {
        return first + count;
    }
}
