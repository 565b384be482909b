package io.weir.contracts.object;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Whole, immutable objects under keys: S3, or local files.
 *
 * <p>Threading: any thread; calls never block on I/O. Failures complete the futures with a
 * {@link io.weir.contracts.failure.ServiceException}: {@code OBJECT_MISSING} for a key that is not there,
 * {@code OBJECT_STORE_UNAVAILABLE} for everything that may pass.
 */
public interface ObjectStore extends AutoCloseable {
    /**
     * Creates an object unless the key is taken.
     *
     * <p>Durability: when the future completes the object survives a power loss, or for S3 what the service promises.
     *
     * @param content read from position to limit, in order; not changed until the future completes
     * @return false when the key was taken: its object is left as it was
     */
    CompletableFuture<Boolean> create(ObjectKey key, List<ByteBuffer> content);

    /**
     * Reads exactly {@code length} bytes from {@code position}.
     *
     * @throws IllegalArgumentException through the future, when the object is shorter than {@code position + length}
     */
    CompletableFuture<ByteBuffer> read(ObjectKey key, long position, int length);

    /** Size in bytes; empty when there is no such object. */
    CompletableFuture<Optional<Long>> size(ObjectKey key);

    /**
     * A page of keys in ascending order.
     *
     * @param prefix keys begin with it; may end inside a path element; empty for all
     * @param after only keys greater than this, or null to begin
     * @param limit 1 to 1000
     */
    CompletableFuture<List<ListedObject>> list(
            String prefix, @org.jspecify.annotations.Nullable ObjectKey after, int limit);

    /** Deletes what is there of the given keys; those that are not there are no failure. */
    CompletableFuture<Void> delete(Collection<ObjectKey> keys);

    @Override
    void close();

    /** An object in a listing. */
    record ListedObject(ObjectKey key, long sizeBytes) {}
}
