package io.weir.objecttier;

import io.micrometer.core.instrument.MeterRegistry;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Counts the requests to a store by operation and outcome. Threading: as the store's. */
final class MeteredObjectStore implements ObjectStore {
    private final ObjectStore store;
    private final MeterRegistry meters;

    MeteredObjectStore(ObjectStore store, MeterRegistry meters) {
        this.store = store;
        this.meters = meters;
    }

    @Override
    public CompletableFuture<Boolean> create(ObjectKey key, List<ByteBuffer> content) {
        return counted("create", store.create(key, content));
    }

    @Override
    public CompletableFuture<ByteBuffer> read(ObjectKey key, long position, int length) {
        return counted("read", store.read(key, position, length));
    }

    @Override
    public CompletableFuture<Optional<Long>> size(ObjectKey key) {
        return counted("size", store.size(key));
    }

    @Override
    public CompletableFuture<List<ListedObject>> list(String prefix, @Nullable ObjectKey after, int limit) {
        return counted("list", store.list(prefix, after, limit));
    }

    @Override
    public CompletableFuture<Void> delete(Collection<ObjectKey> keys) {
        return counted("delete", store.delete(keys));
    }

    @Override
    public void close() {
        store.close();
    }

    private <T> CompletableFuture<T> counted(String operation, CompletableFuture<T> request) {
        return request.whenComplete((value, failure) -> {
            String outcome =
                    failure == null ? "ok" : ServiceException.of(failure).code().label();
            meters.counter("weir.object.store.requests", "op", operation, "outcome", outcome)
                    .increment();
        });
    }
}
