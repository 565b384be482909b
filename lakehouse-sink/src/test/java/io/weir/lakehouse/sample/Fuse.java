package io.weir.lakehouse.sample;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import io.weir.contracts.table.TableCommands;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One process's way to its ports: after so many calls it dies, before or behind the effect of the last one. A commit
 * that dies on its way may arrive later.
 *
 * <p>Threading: one thread, but for the object store, whose calls may come from several.
 */
public final class Fuse {
    private long left = Long.MAX_VALUE;
    private boolean effectBeforeDeath;
    private boolean dead;
    private final List<Runnable> late = new ArrayList<>();
    private Runnable atCommit = () -> {};

    /** Dies at the n-th call from now. */
    public synchronized void burnAfter(long calls, boolean afterItsEffect) {
        left = calls;
        effectBeforeDeath = afterItsEffect;
    }

    public synchronized void kill() {
        dead = true;
    }

    public synchronized boolean dead() {
        return dead;
    }

    /** Does something with every commit. */
    public void atCommit(Runnable action) {
        atCommit = action;
    }

    /** Commits that were on their way when the process died. */
    public List<Runnable> late() {
        return late;
    }

    private static <T> CompletableFuture<T> gone() {
        return CompletableFuture.failedFuture(new ServiceException(FailureCode.SHUTTING_DOWN, "The process is dead"));
    }

    private synchronized @Nullable Boolean fate() {
        if (dead) {
            return false;
        }
        left--;
        if (left <= 0) {
            dead = true;
            return effectBeforeDeath;
        }
        return null;
    }

    private <T> CompletableFuture<T> through(Supplier<CompletableFuture<T>> call) {
        Boolean effect = fate();
        if (effect == null) {
            return call.get();
        }
        if (effect) {
            CompletableFuture<T> unheard = call.get();
            assert unheard != null;
        }
        return gone();
    }

    /** The tables, as long as the process lives. */
    public TableCommands tables(TableCommands tables) {
        return (TableCommands) Proxy.newProxyInstance(
                TableCommands.class.getClassLoader(),
                new Class<?>[] {TableCommands.class},
                (proxy, method, arguments) -> {
                    boolean wasDead = dead();
                    if (method.getName().equals("commit")) {
                        atCommit.run();
                    }
                    Supplier<CompletableFuture<Object>> call = () -> {
                        try {
                            @SuppressWarnings("unchecked")
                            CompletableFuture<Object> answer =
                                    (CompletableFuture<Object>) method.invoke(tables, arguments);
                            return answer;
                        } catch (IllegalAccessException | InvocationTargetException bug) {
                            throw new LinkageError("A port cannot be called", bug);
                        }
                    };
                    CompletableFuture<Object> answer = through(call);
                    if (!wasDead
                            && dead()
                            && !effectBeforeDeath
                            && method.getName().equals("commit")) {
                        late.add(() -> Objects.requireNonNull(call.get()));
                    }
                    return answer;
                });
    }

    /** The store, as long as the process lives. */
    public ObjectStore store(ObjectStore store) {
        return new ObjectStore() {
            @Override
            public CompletableFuture<Boolean> create(ObjectKey key, List<ByteBuffer> content) {
                return through(() -> store.create(key, content));
            }

            @Override
            public CompletableFuture<ByteBuffer> read(ObjectKey key, long position, int length) {
                return through(() -> store.read(key, position, length));
            }

            @Override
            public CompletableFuture<Optional<Long>> size(ObjectKey key) {
                return through(() -> store.size(key));
            }

            @Override
            public CompletableFuture<List<ListedObject>> list(String prefix, @Nullable ObjectKey after, int limit) {
                return through(() -> store.list(prefix, after, limit));
            }

            @Override
            public CompletableFuture<Void> delete(Collection<ObjectKey> keys) {
                return through(() -> store.delete(keys));
            }

            @Override
            public void close() {}
        };
    }
}
