package io.weir.metadata.cursor;

/**
 * How large the cells may grow. The same on every peer and for ever: part of how an entry is decided.
 *
 * @param cellBytes most live bytes of one cell, keys, values and {@link CellLog#RECORD_BYTES} for each
 * @param totalBytes most live bytes of all cells
 */
public record CursorLimits(long cellBytes, long totalBytes) {
    /** What every cluster has. */
    public static final CursorLimits STANDARD = new CursorLimits(64L << 20, 512L << 20);

    public CursorLimits {
        if (cellBytes < 1 || cellBytes > 256L << 20 || totalBytes < cellBytes) {
            throw new IllegalArgumentException(
                    "Illegal limits: " + cellBytes + " bytes a cell, " + totalBytes + " bytes in all");
        }
    }
}
