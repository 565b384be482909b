package io.weir.consensus.log;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads entries back from a log's files, one at a time.
 *
 * <p>It remembers where the next entry begins, so that ascending reads cost their own bytes only; going back costs a
 * walk over one segment's frame heads. The library's own way loads and decodes a whole segment.
 *
 * <p>Threading: any thread; one read at a time.
 */
public final class LogReader implements AutoCloseable {
    private static final int HEAD_BYTES = 64;
    private static final int ATTEMPTS = 3;

    private final Path directory;
    private final int maxFrameBytes;
    private @Nullable Cursor cursor;

    public LogReader(Path directory, int maxFrameBytes) {
        this.directory = directory;
        this.maxFrameBytes = maxFrameBytes;
    }

    /** One of the same log that goes forward at a pace of its own. */
    public LogReader another() {
        return new LogReader(directory, maxFrameBytes);
    }

    /**
     * The submitted bytes of an entry; empty for one of the group's own.
     *
     * @throws ServiceException {@code OBJECT_MISSING} if it is not in the log
     */
    public List<ByteBuffer> read(long index) {
        return find(index).submitted();
    }

    /**
     * The whole entry: a {@code LogEntryProto}, as the library wrote it.
     *
     * @throws ServiceException {@code OBJECT_MISSING} if it is not in the log
     */
    public ByteBuffer entry(long index) {
        return find(index).entry();
    }

    private synchronized Found find(long index) {
        try {
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                try {
                    Cursor at = cursorAt(index);
                    if (at == null) {
                        break;
                    }
                    return at.take();
                } catch (NoSuchFileException renamed) {
                    close();
                }
            }
        } catch (IOException e) {
            close();
            throw new ServiceException(FailureCode.CORRUPT, "Cannot read entry " + index + " of log " + directory, e);
        }
        throw new ServiceException(
                FailureCode.OBJECT_MISSING,
                "Entry " + index + " is not in log " + directory + ": purged or not yet there");
    }

    @Override
    public synchronized void close() {
        if (cursor != null) {
            cursor.close();
            cursor = null;
        }
    }

    private @Nullable Cursor cursorAt(long index) throws IOException {
        Cursor at = cursor;
        if (at == null || index < at.next || index > at.last || !at.skipTo(index)) {
            close();
            at = null;
            for (SegmentFile segment : SegmentFile.list(directory)) {
                if (segment.first() <= index && index <= segment.last()) {
                    at = new Cursor(segment);
                }
            }
            if (at == null) {
                return null;
            }
            cursor = at;
            return at.skipTo(index) ? at : null;
        }
        return at;
    }

    /** A frame, and the bytes that begin with it. */
    private record Found(Frame frame, ByteBuffer bytes) {
        private List<ByteBuffer> submitted() {
            int length = frame.dataEnd() - frame.dataStart();
            return frame.own() || frame.syncedBefore() == LogMark.OWN
                    ? List.of()
                    : List.of(bytes.slice(frame.dataStart(), length).asReadOnlyBuffer());
        }

        private ByteBuffer entry() {
            Wire wire = new Wire(bytes, frame.start(), frame.end());
            int length = (int) wire.varint();
            return bytes.slice(wire.position(), length).asReadOnlyBuffer();
        }
    }

    /** An open segment file and the place of the next entry in it. */
    private final class Cursor {
        private final FileChannel channel;
        private final Path path;
        private final long last;
        private long next;
        private long offset = SegmentFile.HEADER.length;

        Cursor(SegmentFile segment) throws IOException {
            channel = FileChannel.open(segment.path(), StandardOpenOption.READ);
            path = segment.path();
            next = segment.first();
            last = segment.last();
        }

        boolean skipTo(long index) throws IOException {
            while (next < index) {
                int size = frameBytes();
                if (size == 0) {
                    return false;
                }
                offset += size;
                next++;
            }
            return frameBytes() > 0;
        }

        /** The size of the frame at the offset; 0 where the log ends. */
        private int frameBytes() throws IOException {
            ByteBuffer head = readAt(offset, HEAD_BYTES);
            Wire wire = new Wire(head, 0, head.limit());
            long body = wire.varint();
            if (body <= 0) {
                return 0;
            }
            if (body > maxFrameBytes) {
                throw new IOException("Log file " + path + " is damaged at offset " + offset);
            }
            return wire.position() + (int) body + Integer.BYTES;
        }

        private Found take() throws IOException {
            int size = frameBytes();
            ByteBuffer bytes = readAt(offset, size);
            Frame frame = Frame.at(bytes, 0, bytes.limit());
            if (frame == null || frame.index() != next) {
                throw new IOException("Log file " + path + " is damaged at offset " + offset);
            }
            offset += size;
            next++;
            return new Found(frame, bytes);
        }

        private ByteBuffer readAt(long position, int size) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(size);
            long at = position;
            while (bytes.hasRemaining()) {
                int read = channel.read(bytes, at);
                if (read < 0) {
                    break;
                }
                at += read;
            }
            return bytes.flip();
        }

        void close() {
            try {
                channel.close();
            } catch (IOException e) {
                throw new IllegalStateException("Cannot close " + path, e);
            }
        }
    }
}
