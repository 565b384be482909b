package io.weir.metadata.command;

import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.TenantId;
import io.weir.contracts.metadata.StreamMove.Phase;
import java.util.List;

/** What is proposed about moves of streams between shards. */
public sealed interface MoveCommand {
    /**
     * Plans moves of partitions to a shard.
     *
     * @param partitions empty for all that the topic has
     */
    record Plan(TenantId tenant, String topic, List<Integer> partitions, ShardId to) implements MoveCommand {
        public Plan {
            partitions = List.copyOf(partitions);
        }
    }

    /** Places what moves, or gives the move up. */
    record Advance(long move, Phase phase) implements MoveCommand {}

    /** Takes out a move that is over. */
    record End(long move) implements MoveCommand {}
}
