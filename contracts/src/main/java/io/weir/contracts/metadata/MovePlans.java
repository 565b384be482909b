package io.weir.contracts.metadata;

import io.weir.contracts.identity.ShardId;
import io.weir.contracts.identity.TenantId;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Which streams are to move to which shard. The image tells what is planned; the process that leads the shard which
 * streams leave carries it out.
 *
 * <p>Threading: any thread; never blocks. Futures complete once the change is durable and in this process's image,
 * exceptionally with a {@link io.weir.contracts.failure.ServiceException} when that is not known.
 */
public interface MovePlans {
    /** Of a log whose streams stay where they are. */
    MovePlans NONE = new MovePlans() {
        @Override
        public CompletableFuture<MetadataResult<List<StreamMove>>> plan(
                TenantId tenant, String topic, List<Integer> partitions, ShardId to) {
            return refused();
        }

        @Override
        public CompletableFuture<MetadataResult<StreamMove>> advance(long move, StreamMove.Phase phase) {
            return refused();
        }

        @Override
        public CompletableFuture<MetadataResult<Long>> end(long move) {
            return refused();
        }

        private static <T> CompletableFuture<MetadataResult<T>> refused() {
            return CompletableFuture.completedFuture(
                    new MetadataResult.Rejected<>(MetadataResult.Rejection.INVALID_REQUEST, "Streams stay here"));
        }
    };

    /**
     * Plans moves of those of the partitions that are not there yet.
     *
     * @param partitions empty for all that the topic has
     * @return the moves, none when there is nothing to move
     */
    CompletableFuture<MetadataResult<List<StreamMove>>> plan(
            TenantId tenant, String topic, List<Integer> partitions, ShardId to);

    /**
     * Places the partitions where they go, or gives the move up: whichever comes first. Repeated, it changes nothing.
     *
     * @param phase {@code PLACED} or {@code CANCELLED}
     */
    CompletableFuture<MetadataResult<StreamMove>> advance(long move, StreamMove.Phase phase);

    /** Takes a move out whose shards know what became of it; the answer is its id. */
    CompletableFuture<MetadataResult<Long>> end(long move);
}
