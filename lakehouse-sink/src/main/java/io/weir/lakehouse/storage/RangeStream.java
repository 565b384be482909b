package io.weir.lakehouse.storage;

import io.weir.contracts.object.ObjectKey;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.apache.iceberg.io.RangeReadable;
import org.apache.iceberg.io.SeekableInputStream;

/**
 * A file read by ranges. What is fetched beyond a request doubles while the reader goes straight on, and falls back
 * when it jumps.
 *
 * <p>Threading: one thread at a time; {@link RangeReadable}'s methods from any.
 */
final class RangeStream extends SeekableInputStream implements RangeReadable {
    private static final int FIRST_READ_AHEAD = 32 << 10;

    private final StoreCalls store;
    private final ObjectKey key;
    private final long length;
    private final int mostReadAhead;

    private ByteBuffer fetched = ByteBuffer.allocate(0);
    private long fetchedEnd;
    private int readAhead;
    private boolean closed;

    RangeStream(StoreCalls store, ObjectKey key, long length, int mostReadAhead) {
        this.store = store;
        this.key = key;
        this.length = length;
        this.mostReadAhead = mostReadAhead;
        this.readAhead = Math.min(FIRST_READ_AHEAD, mostReadAhead);
    }

    @Override
    public long getPos() {
        return fetchedEnd - fetched.remaining();
    }

    @Override
    public void seek(long position) throws IOException {
        requireOpen();
        if (position < 0 || position > length) {
            throw new EOFException("Cannot seek to " + position + " of " + key + ", which has " + length + " bytes");
        }
        long begin = fetchedEnd - fetched.limit();
        if (position >= begin && position <= fetchedEnd) {
            fetched.position((int) (position - begin));
        } else {
            fetched = ByteBuffer.allocate(0);
            fetchedEnd = position;
            readAhead = Math.min(FIRST_READ_AHEAD, mostReadAhead);
        }
    }

    @Override
    public int read() throws IOException {
        return advance(1) ? fetched.get() & 0xFF : -1;
    }

    @Override
    public int read(byte[] target, int offset, int wanted) throws IOException {
        Objects.checkFromIndexSize(offset, wanted, target.length);
        if (wanted == 0) {
            return 0;
        }
        if (!advance(wanted)) {
            return -1;
        }
        int read = Math.min(wanted, fetched.remaining());
        fetched.get(target, offset, read);
        return read;
    }

    @Override
    public long skip(long count) throws IOException {
        long skipped = Math.max(0, Math.min(count, length - getPos()));
        seek(getPos() + skipped);
        return skipped;
    }

    @Override
    public int available() {
        return fetched.remaining();
    }

    @Override
    public void readFully(long position, byte[] target, int offset, int wanted) throws IOException {
        requireOpen();
        Objects.checkFromIndexSize(offset, wanted, target.length);
        if (position < 0 || position > length - wanted) {
            throw new EOFException("Cannot read " + wanted + " bytes at " + position + " of " + key + ", which has "
                    + length + " bytes");
        }
        if (wanted > 0) {
            store.read(key, position, wanted).get(target, offset, wanted);
        }
    }

    @Override
    public int readTail(byte[] target, int offset, int wanted) throws IOException {
        int read = (int) Math.min(wanted, length);
        readFully(length - read, target, offset, read);
        return read;
    }

    @Override
    public void close() {
        closed = true;
        fetched = ByteBuffer.allocate(0);
    }

    /** Makes sure that there is a byte to read, unless the file has ended. */
    private boolean advance(int wanted) throws IOException {
        requireOpen();
        if (fetched.hasRemaining()) {
            return true;
        }
        long left = length - fetchedEnd;
        if (left == 0) {
            return false;
        }
        int size = (int) Math.min(left, Math.max(wanted, readAhead));
        fetched = store.read(key, fetchedEnd, size);
        fetchedEnd += size;
        readAhead = Math.min(readAhead * 2, mostReadAhead);
        return true;
    }

    private void requireOpen() throws IOException {
        if (closed) {
            throw new IOException("The stream of " + key + " is closed");
        }
    }
}
