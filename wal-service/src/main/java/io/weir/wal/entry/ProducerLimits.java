package io.weir.wal.entry;

/**
 * Bounds of the state kept about idempotent producers. They travel in {@link Command.OpenSession}, because a replay
 * under other limits than the live run would give another state.
 *
 * @param perStream most producers remembered for one stream
 * @param perShard most producers remembered in all
 * @param expiryMs a producer that wrote nothing for so long (by entry time) is forgotten
 * @param evictableMs when a bound is reached, the longest idle producer makes room if it wrote nothing for so long
 */
public record ProducerLimits(int perStream, int perShard, long expiryMs, long evictableMs) {
    public ProducerLimits {
        if (perStream < 1 || perShard < perStream || expiryMs < 1 || evictableMs < 0) {
            throw new IllegalArgumentException("Illegal producer limits: " + perStream + " per stream, " + perShard
                    + " per shard, expiry " + expiryMs + " ms, evictable after " + evictableMs + " ms");
        }
    }

    /** A thousand producers a stream, two million a shard, forgotten after a day as in Kafka. */
    public static ProducerLimits standard() {
        return new ProducerLimits(1_000, 2_000_000, 86_400_000L, 900_000L);
    }
}
