package io.weir.objecttier.housekeeping;

import io.weir.contracts.identity.ShardId;
import io.weir.contracts.object.ObjectKey;

/** What may keep a retired object beyond its grace. Threading: any thread. */
@FunctionalInterface
public interface DeletionHold {
    /** Nothing is kept. */
    DeletionHold NONE = (shard, retired) -> true;

    /** Whether nobody else needs the object any more; once true, it stays so. */
    boolean mayDelete(ShardId shard, ObjectKey retired);
}
