package io.weir.contracts.read;

/**
 * The ends of a stream.
 *
 * @param logStart the first offset that may be read
 * @param lastStable up to here (exclusive) no transaction is open
 * @param end the next offset to be assigned; everything below is committed (Kafka's high watermark)
 */
public record StreamBounds(long logStart, long lastStable, long end) {
    public StreamBounds {
        if (logStart < 0 || end < logStart || lastStable > end) {
            throw new IllegalArgumentException(
                    "Illegal stream bounds: log start " + logStart + ", last stable " + lastStable + ", end " + end);
        }
    }
}
