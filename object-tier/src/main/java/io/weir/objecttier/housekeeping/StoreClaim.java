package io.weir.objecttier.housekeeping;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Says in the store itself which cluster's it is. Garbage collection takes what its shards do not know for garbage: in
 * the store of another cluster, or of this one before its disks were lost, that would be everything.
 *
 * <p>Threading: any thread.
 */
public final class StoreClaim {
    /** Where the cluster's id is. */
    static final ObjectKey KEY = new ObjectKey("cluster");

    private static final int MAX_ID_BYTES = 1024;

    private final ObjectStore store;
    private final MetadataSource metadata;
    private volatile boolean held;

    public StoreClaim(ObjectStore store, MetadataSource metadata) {
        this.store = store;
        this.metadata = metadata;
    }

    /**
     * Makes sure that the store belongs to this cluster, making it so if it belongs to none.
     *
     * @return completes exceptionally with {@code FENCED} when it belongs to another
     */
    public CompletableFuture<Void> take() {
        if (held) {
            return CompletableFuture.completedFuture(null);
        }
        String cluster = metadata.image().clusterId();
        if (cluster.isEmpty()) {
            return CompletableFuture.failedFuture(
                    new ServiceException(FailureCode.STALE_IMAGE, "There is no cluster yet"));
        }
        ByteBuffer id = ByteBuffer.wrap(cluster.getBytes(StandardCharsets.UTF_8));
        return store.create(KEY, List.of(id))
                .thenCompose(created -> created ? CompletableFuture.completedFuture(cluster) : owner())
                .thenAccept(owner -> {
                    if (!owner.equals(cluster)) {
                        throw new ServiceException(
                                FailureCode.FENCED,
                                "The object store belongs to cluster " + owner + " (its object '" + KEY
                                        + "' says so), and this is cluster " + cluster
                                        + ": use another bucket, prefix or directory");
                    }
                    held = true;
                });
    }

    private CompletableFuture<String> owner() {
        return store.size(KEY).thenCompose(size -> {
            Optional<Long> legible = size.filter(bytes -> bytes > 0 && bytes <= MAX_ID_BYTES);
            return legible.isEmpty()
                    ? CompletableFuture.failedFuture(new ServiceException(
                            FailureCode.OBJECT_STORE_UNAVAILABLE, "Object '" + KEY + "' cannot be read"))
                    : store.read(KEY, 0, Math.toIntExact(legible.get()))
                            .thenApply(bytes ->
                                    StandardCharsets.UTF_8.decode(bytes).toString());
        });
    }
}
