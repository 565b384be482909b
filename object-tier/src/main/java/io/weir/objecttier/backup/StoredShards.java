package io.weir.objecttier.backup;

import io.weir.contracts.identity.ShardId;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.object.ObjectStore.ListedObject;
import io.weir.objecttier.naming.ObjectName;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** Which shards have left something in an object store, whatever a backup of the metadata says. */
public final class StoredShards {
    private StoredShards() {}

    /**
     * How many shards there were at least; waits for the store.
     *
     * @param known as many are known of already
     * @param most as many as a cluster may have
     */
    public static int count(ObjectStore store, int known, int most) {
        for (int shard = most - 1; shard >= known; shard--) {
            if (hasLeft(store, new ShardId(shard))) {
                return shard + 1;
            }
        }
        return known;
    }

    private static boolean hasLeft(ObjectStore store, ShardId shard) {
        List<CompletableFuture<List<ListedObject>>> looks = Stream.concat(
                        Stream.of(Backup.prefix(Backups.SHARD_PREFIX + shard.value())),
                        ObjectName.prefixes(shard).stream())
                .map(prefix -> store.list(prefix, null, 1))
                .toList();
        return looks.stream().anyMatch(look -> !look.join().isEmpty());
    }
}
