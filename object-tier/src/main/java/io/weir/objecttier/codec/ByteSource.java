package io.weir.objecttier.codec;

import java.nio.ByteBuffer;

/** Reads what {@link ByteSink} wrote, and refuses to read past its end. Threading: one thread. */
public final class ByteSource {
    private final ByteBuffer bytes;

    /** Reads from the buffer's position to its limit; the buffer is not moved. */
    public ByteSource(ByteBuffer bytes) {
        this.bytes = bytes.slice();
    }

    /** The bytes are not what a writer wrote: they end too early, or a number is out of its range. */
    public static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        public Malformed(String message) {
            super(message);
        }
    }

    public int remaining() {
        return bytes.remaining();
    }

    public int position() {
        return bytes.position();
    }

    public int u8() throws Malformed {
        require(1);
        return bytes.get() & 0xFF;
    }

    public int u16() throws Malformed {
        require(2);
        return bytes.getShort() & 0xFFFF;
    }

    public int i32() throws Malformed {
        require(4);
        return bytes.getInt();
    }

    public long i64() throws Malformed {
        require(8);
        return bytes.getLong();
    }

    public long varlong() throws Malformed {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int next = u8();
            value |= (long) (next & 0x7F) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new Malformed("Number of more than ten bytes before byte " + bytes.position());
    }

    public long zigzag() throws Malformed {
        long value = varlong();
        return (value >>> 1) ^ -(value & 1);
    }

    /** A number from {@code least} to {@code most}. */
    public long ranged(long least, long most, String name) throws Malformed {
        long value = varlong();
        if (value < least || value > most) {
            throw new Malformed(name + " is " + value + ", not " + least + " to " + most);
        }
        return value;
    }

    /** How many elements follow, each of which takes so many bytes at least: never more than can be there. */
    public int count(int leastBytesEach, String name) throws Malformed {
        return (int) ranged(0, bytes.remaining() / leastBytesEach, name);
    }

    public byte[] bytes(int length) throws Malformed {
        require(length);
        byte[] copy = new byte[length];
        bytes.get(copy);
        return copy;
    }

    /** Fails unless everything was read. */
    public void end() throws Malformed {
        if (bytes.hasRemaining()) {
            throw new Malformed(bytes.remaining() + " bytes too many");
        }
    }

    /** A sum that may not leave the range of offsets and positions. */
    public static long sum(long a, long b, String name) throws Malformed {
        long sum = a + b;
        if (a < 0 || b < 0 || sum < 0) {
            throw new Malformed(name + " overflows: " + a + " + " + b);
        }
        return sum;
    }

    private void require(int length) throws Malformed {
        if (bytes.remaining() < length) {
            throw new Malformed("Ends at byte " + bytes.limit() + ", " + length + " wanted at " + bytes.position());
        }
    }
}
