package io.weir.testsupport.object;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Objects in memory, with faults on demand.
 *
 * <p>Threading: any thread. Calls complete before they return, on the calling thread, unless they are {@link #hold
 * held}; held calls complete on the thread that lets them go.
 */
public final class MemoryObjectStore implements ObjectStore {
    /** What a fault can be aimed at. */
    public enum Operation {
        CREATE,
        READ,
        SIZE,
        LIST,
        DELETE
    }

    private final TreeMap<ObjectKey, byte[]> objects = new TreeMap<>();
    private final Map<Operation, Integer> failures = new EnumMap<>(Operation.class);
    private final Map<Operation, Integer> lostAnswers = new EnumMap<>(Operation.class);
    private final Map<Operation, Long> requests = new EnumMap<>(Operation.class);
    private final Set<Operation> held = EnumSet.noneOf(Operation.class);
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private final Set<ObjectKey> unreadable = new TreeSet<>();
    private Consumer<Operation> meanwhile = operation -> {};
    private boolean storm;
    private boolean closed;

    /** The next n calls of the operation do nothing and fail. */
    public synchronized void failNext(int n, Operation operation) {
        failures.merge(operation, n, Integer::sum);
    }

    /** The next n calls of the operation do their work, and then fail as if their answer were lost. */
    public synchronized void loseAnswers(int n, Operation operation) {
        lostAnswers.merge(operation, n, Integer::sum);
    }

    /** From now on every call fails, as in a storm of 503 answers, until {@link #calm}. */
    public synchronized void storm() {
        storm = true;
    }

    /** Ends a storm, and forgets all failures that are still due. */
    public synchronized void calm() {
        storm = false;
        failures.clear();
        lostAnswers.clear();
    }

    /** What comes to pass while a call waits for its answer, from now on; on the thread that calls. */
    public synchronized void meanwhile(Consumer<Operation> comesToPass) {
        meanwhile = comesToPass;
    }

    /** From now on an object is there and is not given, as when a disk has lost a sector. */
    public synchronized void loseSectorOf(ObjectKey key) {
        unreadable.add(key);
    }

    /** Calls of the operation wait from now on, until {@link #letGo}. */
    public synchronized void hold(Operation operation) {
        held.add(operation);
    }

    /** Runs every held call, oldest first, on this thread; later calls no longer wait. */
    public void letGo() {
        while (true) {
            Runnable next;
            synchronized (this) {
                held.clear();
                next = waiting.poll();
            }
            if (next == null) {
                return;
            }
            next.run();
        }
    }

    /** How many calls wait. */
    public synchronized int waiting() {
        return waiting.size();
    }

    /** How many calls of the operation there have been, failed ones too. */
    public synchronized long requests(Operation operation) {
        return requests.getOrDefault(operation, 0L);
    }

    /** All keys, in ascending order. */
    public synchronized SortedSet<ObjectKey> objects() {
        return new TreeSet<>(objects.keySet());
    }

    /** A copy of an object's bytes. */
    public synchronized byte[] bytes(ObjectKey key) {
        byte[] bytes = objects.get(key);
        if (bytes == null) {
            throw new IllegalArgumentException("No object " + key);
        }
        return bytes.clone();
    }

    /** Replaces an object's bytes, which no client of a store could: as a disk does when it goes bad. */
    public synchronized void overwrite(ObjectKey key, byte[] bytes) {
        objects.put(key, bytes.clone());
    }

    @Override
    public CompletableFuture<Boolean> create(ObjectKey key, List<ByteBuffer> content) {
        return call(Operation.CREATE, () -> {
            int size = 0;
            for (ByteBuffer part : content) {
                size = Math.addExact(size, part.remaining());
            }
            ByteBuffer all = ByteBuffer.allocate(size);
            content.forEach(part -> all.put(part.duplicate()));
            return objects.putIfAbsent(key, all.array()) == null;
        });
    }

    @Override
    public CompletableFuture<ByteBuffer> read(ObjectKey key, long position, int length) {
        return call(Operation.READ, () -> {
            byte[] bytes = objects.get(key);
            if (bytes == null) {
                throw new ServiceException(FailureCode.OBJECT_MISSING, "No object " + key);
            }
            if (unreadable.contains(key)) {
                throw new ServiceException(FailureCode.OBJECT_STORE_UNAVAILABLE, "Input/output error at " + key);
            }
            if (position < 0 || length < 0 || position > bytes.length - length) {
                throw new IllegalArgumentException("Cannot read " + length + " bytes at " + position + " of " + key
                        + ", which has " + bytes.length);
            }
            return ByteBuffer.allocate(length)
                    .put(bytes, (int) position, length)
                    .flip();
        });
    }

    @Override
    public CompletableFuture<Optional<Long>> size(ObjectKey key) {
        return call(Operation.SIZE, () -> Optional.ofNullable(objects.get(key)).map(bytes -> (long) bytes.length));
    }

    @Override
    public CompletableFuture<List<ListedObject>> list(String prefix, @Nullable ObjectKey after, int limit) {
        if (limit < 1 || limit > 1000) {
            throw new IllegalArgumentException("Illegal limit " + limit + ": 1 to 1000");
        }
        return call(Operation.LIST, () -> {
            List<ListedObject> page = new ArrayList<>();
            for (Map.Entry<ObjectKey, byte[]> entry :
                    (after == null ? objects : objects.tailMap(after, false)).entrySet()) {
                if (page.size() < limit && entry.getKey().value().startsWith(prefix)) {
                    page.add(new ListedObject(entry.getKey(), entry.getValue().length));
                }
            }
            return List.copyOf(page);
        });
    }

    @Override
    public CompletableFuture<Void> delete(Collection<ObjectKey> keys) {
        List<ObjectKey> doomed = List.copyOf(keys);
        return this.<@Nullable Void>call(Operation.DELETE, () -> {
            doomed.forEach(objects::remove);
            return null;
        });
    }

    @Override
    public synchronized void close() {
        closed = true;
    }

    private <T extends @Nullable Object> CompletableFuture<T> call(Operation operation, Supplier<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Runnable attempt = () -> attempt(operation, work, result);
        Consumer<Operation> comesToPass;
        synchronized (this) {
            comesToPass = meanwhile;
            requests.merge(operation, 1L, Long::sum);
            if (held.contains(operation)) {
                waiting.add(attempt);
                return result;
            }
        }
        comesToPass.accept(operation);
        attempt.run();
        return result;
    }

    private <T extends @Nullable Object> void attempt(
            Operation operation, Supplier<T> work, CompletableFuture<T> result) {
        T value;
        try {
            value = outcome(operation, work);
        } catch (ServiceException | IllegalArgumentException failure) {
            result.completeExceptionally(failure);
            return;
        }
        result.complete(value);
    }

    private synchronized <T extends @Nullable Object> T outcome(Operation operation, Supplier<T> work) {
        if (closed) {
            throw new ServiceException(FailureCode.SHUTTING_DOWN, "The object store is closed");
        }
        if (storm || spend(failures, operation)) {
            throw new ServiceException(FailureCode.OBJECT_STORE_UNAVAILABLE, "Injected failure of " + operation);
        }
        T value = work.get();
        if (spend(lostAnswers, operation)) {
            throw new ServiceException(FailureCode.OBJECT_STORE_UNAVAILABLE, "Injected loss of answer: " + operation);
        }
        return value;
    }

    private static boolean spend(Map<Operation, Integer> due, Operation operation) {
        int left = due.getOrDefault(operation, 0);
        if (left > 0) {
            due.put(operation, left - 1);
        }
        return left > 0;
    }
}
