package io.weir.wal.shard;

import io.weir.contracts.identity.ShardId;
import java.util.Optional;

/** The shards of this process, as one of them sees the others. Threading: any thread; never blocks. */
public interface Neighbours {
    Optional<ShardMachine> machine(ShardId shard);

    /** The way of commands into the shard's log, whichever process leads it. */
    Optional<CommandLine> commands(ShardId shard);
}
