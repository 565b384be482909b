package io.weir.objecttier.file;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.object.ObjectKey;
import io.weir.contracts.object.ObjectStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Objects as files below one directory.
 *
 * <p>Threading: calls run on a few threads of this store's; reads and changes have threads of their own, so that
 * neither waits for the other. Durability: a created object's bytes, its directory entry and every directory above it
 * up to the root are on disk when the future completes.
 */
public final class FileObjectStore implements ObjectStore {
    /** Where files are written before they get their names; no key can contain a tilde. */
    static final String INCOMING = "~incoming";

    /** A big object is forced to disk in portions, so that it never holds up the log's own syncs for long. */
    private static final int SYNC_EVERY_BYTES = 1 << 20;

    private static final int CHUNK_BYTES = 256 << 10;
    private static final int MAX_WAITING = 4096;

    /** The JDK copies heap buffers through a direct one of the same size per thread: ours stays small. */
    private static final ThreadLocal<ByteBuffer> CHUNK =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(CHUNK_BYTES));

    private final Path root;
    private final Path incoming;
    private final Directories directories;
    private final ThreadPoolExecutor readers;
    private final ThreadPoolExecutor changers;
    private final AtomicLong temporaryNames = new AtomicLong();

    /**
     * Opens the directory, creates it if needed, and removes what a crash of this node left unfinished in it. Several
     * nodes may share it.
     *
     * @throws IOException when the directory cannot be used
     */
    public FileObjectStore(Path root, NodeId node) throws IOException {
        this(
                root,
                node,
                name -> Thread.ofPlatform().name(name + "-", 0).daemon().factory());
    }

    /** @param threads makes the threads of a kind of calls, by its name */
    FileObjectStore(Path root, NodeId node, Function<String, ThreadFactory> threads) throws IOException {
        this.root = root.toAbsolutePath().normalize();
        this.incoming = this.root.resolve(INCOMING).resolve(node.toString());
        this.directories = new Directories(this.root);
        directories.prepare(incoming);
        try (var leftovers = Files.newDirectoryStream(incoming)) {
            for (Path leftover : leftovers) {
                Files.delete(leftover);
            }
        }
        this.readers = pool(4, threads.apply("object-read"));
        this.changers = pool(2, threads.apply("object-write"));
    }

    @Override
    public CompletableFuture<Boolean> create(ObjectKey key, List<ByteBuffer> content) {
        return submit(changers, key.value(), () -> createNow(key, content));
    }

    @Override
    public CompletableFuture<ByteBuffer> read(ObjectKey key, long position, int length) {
        return submit(readers, key.value(), () -> readNow(key, position, length));
    }

    @Override
    public CompletableFuture<Optional<Long>> size(ObjectKey key) {
        return submit(readers, key.value(), () -> {
            try {
                return Optional.of(Files.size(path(key)));
            } catch (NoSuchFileException missing) {
                return Optional.empty();
            }
        });
    }

    @Override
    public CompletableFuture<List<ListedObject>> list(String prefix, @Nullable ObjectKey after, int limit) {
        if (limit < 1 || limit > 1000) {
            throw new IllegalArgumentException("Illegal limit " + limit + ": 1 to 1000");
        }
        return submit(readers, prefix, () -> new Listing(root, prefix, after, limit).page());
    }

    @Override
    public CompletableFuture<Void> delete(Collection<ObjectKey> keys) {
        List<ObjectKey> doomed = List.copyOf(keys);
        return submit(changers, doomed.size() + " objects", () -> {
                    for (ObjectKey key : doomed) {
                        Files.deleteIfExists(path(key));
                    }
                    return true;
                })
                .thenAccept(deleted -> {});
    }

    @Override
    public void close() {
        readers.shutdown();
        changers.shutdown();
        try {
            if (!changers.awaitTermination(10, TimeUnit.SECONDS)) {
                endNow(changers);
            }
        } catch (InterruptedException interrupted) {
            endNow(changers);
            Thread.currentThread().interrupt();
        }
    }

    private static void endNow(ThreadPoolExecutor pool) {
        for (Runnable waiting : pool.shutdownNow()) {
            ((Call<?>) waiting).refuse(FailureCode.SHUTTING_DOWN, null);
        }
    }

    private boolean createNow(ObjectKey key, List<ByteBuffer> content) throws IOException {
        Path target = path(key);
        if (Files.exists(target)) {
            return false;
        }
        Path temporary = incoming.resolve("object-" + temporaryNames.incrementAndGet());
        try {
            write(temporary, content);
            directories.prepare(parent(target));
            // A link, unlike a rename, never replaces what is there.
            Files.createLink(target, temporary);
        } catch (FileAlreadyExistsException taken) {
            if (Files.exists(target)) {
                return false;
            }
            throw taken;
        } finally {
            Files.deleteIfExists(temporary);
        }
        Directories.sync(parent(target));
        return true;
    }

    private static void write(Path file, List<ByteBuffer> content) throws IOException {
        ByteBuffer chunk = CHUNK.get().clear();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            int unsynced = 0;
            for (ByteBuffer part : content) {
                int position = part.position();
                int end = part.limit();
                while (position < end) {
                    int length = Math.min(chunk.remaining(), end - position);
                    chunk.put(chunk.position(), part, position, length);
                    chunk.position(chunk.position() + length);
                    position += length;
                    if (!chunk.hasRemaining()) {
                        unsynced = synced(channel, unsynced + drain(chunk, channel));
                    }
                }
            }
            drain(chunk, channel);
            channel.force(true);
        }
    }

    /** Forces a portion when it is one; returns how many bytes are not forced. */
    private static int synced(FileChannel channel, int unsynced) throws IOException {
        if (unsynced < SYNC_EVERY_BYTES) {
            return unsynced;
        }
        channel.force(false);
        return 0;
    }

    private static int drain(ByteBuffer chunk, FileChannel channel) throws IOException {
        int size = chunk.flip().remaining();
        while (chunk.hasRemaining()) {
            channel.write(chunk);
        }
        chunk.clear();
        return size;
    }

    private ByteBuffer readNow(ObjectKey key, long position, int length) throws IOException {
        try (FileChannel channel = FileChannel.open(path(key), StandardOpenOption.READ)) {
            long size = channel.size();
            if (position < 0 || length < 0 || position > size - length) {
                throw new IllegalArgumentException(
                        "Cannot read " + length + " bytes at " + position + " of " + key + ", which has " + size);
            }
            ByteBuffer chunk = CHUNK.get();
            ByteBuffer bytes = ByteBuffer.allocate(length);
            while (bytes.hasRemaining()) {
                chunk.clear().limit(Math.min(CHUNK_BYTES, bytes.remaining()));
                if (channel.read(chunk, position + bytes.position()) < 0) {
                    throw new IOException("File of " + key + " ended at " + (position + bytes.position())
                            + " although it had " + size + " bytes");
                }
                bytes.put(chunk.flip());
            }
            return bytes.flip();
        }
    }

    private Path path(ObjectKey key) {
        return root.resolve(key.value());
    }

    private static Path parent(Path file) {
        Path parent = file.getParent();
        if (parent == null) {
            throw new IllegalStateException("No directory above " + file);
        }
        return parent;
    }

    private interface Work<T extends @Nullable Object> {
        T run() throws IOException;
    }

    private static <T extends @Nullable Object> CompletableFuture<T> submit(
            ThreadPoolExecutor pool, String what, Work<T> work) {
        Call<T> call = new Call<>(what, work, new CompletableFuture<>());
        try {
            pool.execute(call);
        } catch (RejectedExecutionException full) {
            call.refuse(pool.isShutdown() ? FailureCode.SHUTTING_DOWN : FailureCode.OBJECT_STORE_UNAVAILABLE, null);
        } catch (Error noThread) {
            // None may be left when there was nothing to do. Whoever asked counts on an answer.
            call.refuse(FailureCode.OBJECT_STORE_UNAVAILABLE, noThread);
        }
        return call.result();
    }

    /** One call in its pool's queue; it is answered even if it never runs. */
    private record Call<T extends @Nullable Object>(String what, Work<T> work, CompletableFuture<T> result)
            implements Runnable {
        @Override
        public void run() {
            T value;
            try {
                value = work.run();
            } catch (NoSuchFileException missing) {
                result.completeExceptionally(
                        new ServiceException(FailureCode.OBJECT_MISSING, "No object " + what, missing));
                return;
            } catch (IOException failure) {
                result.completeExceptionally(new ServiceException(
                        FailureCode.OBJECT_STORE_UNAVAILABLE, "File failure at " + what + ": " + failure, failure));
                return;
            } catch (RuntimeException | Error bug) {
                result.completeExceptionally(bug);
                return;
            }
            result.complete(value);
        }

        void refuse(FailureCode code, @Nullable Throwable why) {
            result.completeExceptionally(
                    new ServiceException(code, "The file store takes no more work, for " + what, why));
        }
    }

    private static ThreadPoolExecutor pool(int size, ThreadFactory threads) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                size, size, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), threads);
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
