package io.weir.wal.entry;

import java.util.List;

/**
 * All that a shard has to know of a stream to go on with it where another has sealed it.
 *
 * @param range the stream alone, with the incarnation that it gets
 * @param logStart its first offset
 * @param next the offset that its next record gets; everything below is in segments of other shards
 * @param stays where what is below is, oldest first
 * @param forgottenProducers the highest id of a producer that the other shard has forgotten (ADR 11)
 * @param producers in the order of their last append, oldest first
 */
public record HandedStream(
        StreamRange range,
        long logStart,
        long next,
        List<Stay> stays,
        long forgottenProducers,
        List<HandedProducer> producers) {
    /** Stays of one stream at most: part of the replicated behaviour. */
    public static final int MAX_STAYS = 64;

    public HandedStream {
        stays = List.copyOf(stays);
        producers = List.copyOf(producers);
        if (range.count() != 1 || logStart < 0 || logStart > next || stays.size() > MAX_STAYS) {
            throw new IllegalArgumentException("Cannot hand over " + range + " from " + logStart + " to " + next
                    + " with " + stays.size() + " stays");
        }
    }

    public long stream() {
        return range.first();
    }

    /**
     * An idempotent producer that the stream knows.
     *
     * @param batches what is remembered of its last batches, oldest first: last sequence, base offset and next offset
     *     of each; in the high half of the newest one's last sequence one more than the first that is known of
     */
    public record HandedProducer(long id, short epoch, List<Long> batches) {
        public HandedProducer {
            batches = List.copyOf(batches);
        }
    }
}
