package io.weir.kafka.produce;

import io.weir.kafka.produce.RecordWalk.MalformedRecords;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Bytes of records: a part of a frame, or what comes out of a decompressor through a small window. */
abstract sealed class RecordSource {
    /** The next byte; a {@link MalformedRecords} when there is none. */
    abstract byte next() throws IOException;

    abstract void skip(int bytes) throws IOException;

    abstract long consumed();

    abstract boolean atEnd() throws IOException;

    static RecordSource of(ByteBuffer heap) {
        return new Plain(heap.array(), heap.arrayOffset() + heap.position(), heap.arrayOffset() + heap.limit());
    }

    static RecordSource of(InputStream decompressed, byte[] window, long limitBytes) {
        return new Decompressed(decompressed, window, limitBytes);
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
        byte next() {
            if (at >= end) {
                throw tooShort();
            }
            return bytes[at++];
        }

        @Override
        void skip(int count) {
            if (count > end - at) {
                throw tooShort();
            }
            at += count;
        }

        @Override
        long consumed() {
            return (long) at - from;
        }

        @Override
        boolean atEnd() {
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
        byte next() throws IOException {
            if (at == end && !refill()) {
                throw tooShort();
            }
            return window[at++];
        }

        @Override
        void skip(int bytes) throws IOException {
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
        long consumed() {
            return before + at;
        }

        @Override
        boolean atEnd() throws IOException {
            return at == end && !refill();
        }
    }
}
