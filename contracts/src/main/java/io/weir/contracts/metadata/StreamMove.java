package io.weir.contracts.metadata;

import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.TopicId;
import java.util.List;

/**
 * Partitions of a topic on their way from one shard to another. Moves are carried out one after another, in the order
 * of their ids.
 *
 * @param id never used twice; grows
 * @param partitions 1 to {@link #MAX_PARTITIONS}, ascending, all of which are placed on {@code from}
 */
public record StreamMove(long id, TopicId topic, List<Integer> partitions, ShardId from, ShardId to, Phase phase) {
    /** Most partitions that go together: none of them takes appends until all have arrived. */
    public static final int MAX_PARTITIONS = 64;

    public StreamMove {
        partitions = List.copyOf(partitions);
        if (id < 0 || partitions.isEmpty() || partitions.size() > MAX_PARTITIONS || from.equals(to)) {
            throw new IllegalArgumentException(
                    "Illegal move " + id + " of " + partitions.size() + " partitions from " + from + " to " + to);
        }
    }

    /** How far a move has come. */
    public enum Phase {
        /** The partitions are placed where they were. */
        PLANNED,
        /** They are placed where they go; the shard that they left is to be told. */
        PLACED,
        /** They stay; both shards are to be told. */
        CANCELLED
    }

    public StreamMove in(Phase next) {
        return new StreamMove(id, topic, partitions, from, to, next);
    }
}
