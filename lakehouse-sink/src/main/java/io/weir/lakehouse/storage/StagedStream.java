package io.weir.lakehouse.storage;

import io.weir.contracts.object.ObjectKey;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.io.PositionOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A file on its way into the store: in memory up to a bound, then in a temporary file that has no name, so that none is
 * left when the process dies.
 *
 * <p>Threading: one thread at a time. Ownership: closing lets go of memory and file, whatever came of the creation.
 */
final class StagedStream extends PositionOutputStream {
    private static final int FIRST_PIECE = 16 << 10;
    private static final int LARGEST_PIECE = 1 << 20;
    private static final int MAPPED_PIECE = 4 << 20;

    private static final int COMPARED_AT_ONCE = 1 << 20;

    private final StoreCalls store;
    private final ObjectKey key;
    private final StorageConfig config;
    private final List<ByteBuffer> full = new ArrayList<>();
    private ByteBuffer piece = ByteBuffer.allocate(FIRST_PIECE);
    private @Nullable FileChannel file;
    private long position;
    private int inMemory;
    private boolean closed;

    StagedStream(StoreCalls store, ObjectKey key, StorageConfig config) {
        this.store = store;
        this.key = key;
        this.config = config;
    }

    @Override
    public long getPos() {
        return position;
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, source.length);
        if (closed) {
            throw new IOException("The stream of " + key + " is closed");
        }
        int done = 0;
        while (done < length) {
            if (!piece.hasRemaining()) {
                makeRoom();
            }
            int portion = Math.min(length - done, piece.remaining());
            piece.put(source, offset + done, portion);
            done += portion;
        }
        position += length;
    }

    /**
     * Creates the object.
     *
     * @throws AlreadyExistsException when the key is taken by an object with other bytes
     */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (file == null) {
                full.add(piece.flip());
                create(full);
            } else {
                spill(file);
                createFromFile(file);
            }
        } finally {
            full.clear();
            piece = ByteBuffer.allocate(0);
            if (file != null) {
                file.close();
            }
        }
    }

    private void makeRoom() throws IOException {
        if (file != null) {
            spill(file);
            return;
        }
        inMemory += piece.capacity();
        full.add(piece.flip());
        if (inMemory >= config.memoryPerFile()) {
            file = unnamedFile(config.stagingDirectory());
            for (ByteBuffer earlier : full) {
                writeAll(file, earlier);
            }
            full.clear();
            piece = ByteBuffer.allocate(Math.min(LARGEST_PIECE, config.memoryPerFile()));
        } else {
            piece = ByteBuffer.allocate(
                    Math.min(Math.min(piece.capacity() * 2, LARGEST_PIECE), config.memoryPerFile() - inMemory));
        }
    }

    private void spill(FileChannel target) throws IOException {
        writeAll(target, piece.flip());
        piece.clear();
    }

    private static void writeAll(FileChannel target, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            target.write(bytes);
        }
    }

    private static FileChannel unnamedFile(Path directory) throws IOException {
        Files.createDirectories(directory);
        Path named = Files.createTempFile(directory, "staged-", ".file");
        try {
            return FileChannel.open(named, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } finally {
            Files.delete(named);
        }
    }

    private void createFromFile(FileChannel source) throws IOException {
        // Shared: the store reads the pieces on threads of its own.
        try (Arena arena = Arena.ofShared()) {
            List<ByteBuffer> mapped = new ArrayList<>();
            var whole = source.map(FileChannel.MapMode.READ_ONLY, 0, position, arena);
            for (long begin = 0; begin < position; begin += MAPPED_PIECE) {
                mapped.add(whole.asSlice(begin, Math.min(MAPPED_PIECE, position - begin))
                        .asByteBuffer());
            }
            create(mapped);
        }
    }

    private void create(List<ByteBuffer> content) {
        if (!store.create(key, content) && !isThere(content)) {
            throw new AlreadyExistsException("A file is at %s already", key);
        }
    }

    /** An object with these very bytes is this one: the answer to its creation was lost, and the creation repeated. */
    private boolean isThere(List<ByteBuffer> content) {
        if (store.size(key).orElse(-1L) != position) {
            return false;
        }
        long begin = 0;
        for (ByteBuffer part : content) {
            for (int at = part.position(); at < part.limit(); at += COMPARED_AT_ONCE) {
                int size = Math.min(COMPARED_AT_ONCE, part.limit() - at);
                if (!part.slice(at, size).equals(store.read(key, begin, size))) {
                    return false;
                }
                begin += size;
            }
        }
        return true;
    }
}
