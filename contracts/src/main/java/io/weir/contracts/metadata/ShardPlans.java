package io.weir.contracts.metadata;

import io.weir.contracts.consensus.Peer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * How many WAL shards there are. Their number only grows; new streams are placed on new shards too, old ones stay.
 *
 * <p>Threading: any thread. Futures complete on a thread that must not be blocked, and may fail with a
 * {@code ServiceException}.
 */
@FunctionalInterface
public interface ShardPlans {
    /**
     * Adds shards, until there are so many; durable, and in this process's image, when it completes.
     *
     * @param founders the peers that their groups begin with, which no group of the same name may begin without
     * @return how many there are
     */
    CompletableFuture<MetadataResult<Integer>> addShards(int total, List<Peer> founders);
}
