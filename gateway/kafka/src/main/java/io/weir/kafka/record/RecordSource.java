package io.weir.kafka.record;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Bytes of records: a part of a frame, or what comes out of a decompressor through a small window. */
public abstract sealed class RecordSource {
    private static final int MAX_VARINT_BYTES = 5;
    private static final int MAX_VARLONG_BYTES = 10;

    /** The next byte; a {@link MalformedRecords} when there is none. */
    public abstract byte next() throws IOException;

    public abstract void skip(int bytes) throws IOException;

    /**
     * The next bytes, all of them or a {@link MalformedRecords}.
     *
     * <p>Ownership: a view of the source's own memory, or of the scratch's; valid until the scratch is used again.
     */
    public abstract ByteBuffer take(int bytes, Scratch scratch) throws IOException;

    public abstract long consumed();

    public abstract boolean atEnd() throws IOException;

    /** A zigzag number of up to 32 bits. */
    public final int varint() throws IOException {
        int raw = 0;
        for (int i = 0; i < MAX_VARINT_BYTES; i++) {
            byte next = next();
            raw |= (next & 0x7f) << (7 * i);
            if (next >= 0) {
                return (raw >>> 1) ^ -(raw & 1);
            }
        }
        throw new MalformedRecords("A number is longer than " + MAX_VARINT_BYTES + " bytes");
    }

    /** A zigzag number of up to 64 bits. */
    public final long varlong() throws IOException {
        long raw = 0;
        for (int i = 0; i < MAX_VARLONG_BYTES; i++) {
            byte next = next();
            raw |= (next & 0x7fL) << (7 * i);
            if (next >= 0) {
                return (raw >>> 1) ^ -(raw & 1);
            }
        }
        throw new MalformedRecords("A number is longer than " + MAX_VARLONG_BYTES + " bytes");
    }

    /** An array that grows when it must, and does not stay big. */
    public static final class Scratch {
        private static final int KEPT_BYTES = 1 << 20;
        private byte[] bytes = new byte[0];

        byte[] atLeast(int size) {
            if (bytes.length < size) {
                bytes = new byte[Math.max(size, Math.min(KEPT_BYTES, bytes.length * 2))];
            }
            return bytes;
        }

        void shrink() {
            if (bytes.length > KEPT_BYTES) {
                bytes = new byte[0];
            }
        }
    }

    /** Bytes that are there. */
    public static RecordSource of(ByteBuffer bytes) {
        ByteBuffer heap = inArray(bytes);
        return new Plain(heap.array(), heap.arrayOffset() + heap.position(), heap.arrayOffset() + heap.limit());
    }

    /**
     * What a decompressor gives out.
     *
     * @param limitBytes more than this is refused
     */
    public static RecordSource of(InputStream decompressed, byte[] window, long limitBytes) {
        return new Decompressed(decompressed, window, limitBytes);
    }

    /** The same bytes in an array that can be reached: what a log gives back after a restart is read-only. */
    static ByteBuffer inArray(ByteBuffer bytes) {
        if (bytes.hasArray()) {
            return bytes;
        }
        ByteBuffer copy = ByteBuffer.allocate(bytes.remaining());
        return copy.put(bytes.duplicate()).flip();
    }

    private static MalformedRecords tooShort() {
        return new MalformedRecords("Batch ends inside a record");
    }

    private static final class Plain extends RecordSource {
        private final byte[] bytes;
        private final int from;
        private final int end;
        private int at;

        Plain(byte[] bytes, int from, int end) {
            this.bytes = bytes;
            this.from = from;
            this.end = end;
            this.at = from;
        }

        @Override
        public byte next() {
            if (at >= end) {
                throw tooShort();
            }
            return bytes[at++];
        }

        @Override
        public void skip(int count) {
            if (count > end - at) {
                throw tooShort();
            }
            at += count;
        }

        @Override
        public ByteBuffer take(int count, Scratch scratch) {
            if (count > end - at) {
                throw tooShort();
            }
            at += count;
            return ByteBuffer.wrap(bytes, at - count, count).slice();
        }

        @Override
        public long consumed() {
            return (long) at - from;
        }

        @Override
        public boolean atEnd() {
            return at == end;
        }
    }

    private static final class Decompressed extends RecordSource {
        private final InputStream in;
        private final byte[] window;
        private final long limitBytes;
        private long before;
        private int at;
        private int end;

        Decompressed(InputStream in, byte[] window, long limitBytes) {
            this.in = in;
            this.window = window;
            this.limitBytes = limitBytes;
        }

        private boolean refill() throws IOException {
            before += end;
            at = 0;
            end = Math.max(0, in.read(window, 0, window.length));
            if (before + end > limitBytes) {
                throw new MalformedRecords("Batch is more than " + limitBytes + " bytes when decompressed");
            }
            return end > 0;
        }

        @Override
        public byte next() throws IOException {
            if (at == end && !refill()) {
                throw tooShort();
            }
            return window[at++];
        }

        @Override
        public void skip(int bytes) throws IOException {
            int left = bytes;
            while (left > end - at) {
                left -= end - at;
                at = end;
                if (!refill()) {
                    throw tooShort();
                }
            }
            at += left;
        }

        @Override
        public ByteBuffer take(int bytes, Scratch scratch) throws IOException {
            if (bytes > limitBytes - consumed()) {
                throw new MalformedRecords("Batch is more than " + limitBytes + " bytes when decompressed");
            }
            byte[] target = scratch.atLeast(bytes);
            int filled = 0;
            while (filled < bytes) {
                if (at == end && !refill()) {
                    throw tooShort();
                }
                int part = Math.min(bytes - filled, end - at);
                System.arraycopy(window, at, target, filled, part);
                filled += part;
                at += part;
            }
            return ByteBuffer.wrap(target, 0, bytes).slice();
        }

        @Override
        public long consumed() {
            return before + at;
        }

        @Override
        public boolean atEnd() throws IOException {
            return at == end && !refill();
        }
    }
}
