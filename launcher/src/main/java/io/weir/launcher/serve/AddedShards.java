package io.weir.launcher.serve;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.identity.ShardId;
import io.weir.contracts.metadata.MetadataSource;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The peers that the groups of shards begin with that were added while the cluster served: the metadata knows them,
 * which is itself kept by groups, so that it comes to be known after these are open (ADR 15).
 *
 * <p>Threading: any thread.
 */
final class AddedShards implements Function<String, List<Peer>> {
    private volatile @Nullable MetadataSource metadata;

    /** From now on. */
    void known(MetadataSource source) {
        metadata = source;
    }

    @Override
    public List<Peer> apply(String group) {
        MetadataSource known = metadata;
        return known != null && group.startsWith(LeadershipSpread.SHARD)
                ? known.image()
                        .foundersOf(new ShardId(Integer.parseInt(group.substring(LeadershipSpread.SHARD.length()))))
                : List.of();
    }
}
