package io.weir.contracts.append;

import io.weir.contracts.identity.NodeId;
import io.weir.contracts.identity.ShardId;
import java.util.Optional;

/** Where appends to a shard take the shortest way. Threading: any thread; never blocks. */
@FunctionalInterface
public interface ShardLeaders {
    /** The node that leads the shard, as far as this process knows: it may have died since. */
    Optional<NodeId> leaderOf(ShardId shard);
}
