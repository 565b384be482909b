package io.weir.lakehouse.storage;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.jspecify.annotations.Nullable;

/**
 * The store's operations, waited for.
 *
 * <p>Threading: any thread that may block. Failures are {@link ServiceException}s, and Iceberg's
 * {@link NotFoundException} for an object that is not there.
 */
record StoreCalls(ObjectStore store, Duration timeout) {
    boolean create(ObjectKey key, List<ByteBuffer> content) {
        return await("create of " + key, store.create(key, content));
    }

    ByteBuffer read(ObjectKey key, long position, int length) {
        return await("read of " + key, store.read(key, position, length));
    }

    Optional<Long> size(ObjectKey key) {
        return await("size of " + key, store.size(key));
    }

    List<ObjectStore.ListedObject> list(String prefix, @Nullable ObjectKey after, int limit) {
        return await("listing of " + prefix, store.list(prefix, after, limit));
    }

    void delete(Collection<ObjectKey> keys) {
        await("deletion of " + keys.size() + " objects", store.delete(keys).thenApply(deleted -> true));
    }

    private <T> T await(String what, CompletableFuture<T> operation) {
        try {
            return operation.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof IllegalArgumentException refused) {
                throw refused;
            }
            ServiceException failure = ServiceException.of(failed);
            if (failure.code() == FailureCode.OBJECT_MISSING) {
                throw new NotFoundException(failure, "Nothing to find at the %s", what);
            }
            throw failure;
        } catch (TimeoutException late) {
            throw new ServiceException(FailureCode.TIMED_OUT, "No answer to a " + what + " within " + timeout, late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ServiceException(FailureCode.SHUTTING_DOWN, "Interrupted at a " + what, interrupted);
        }
    }
}
