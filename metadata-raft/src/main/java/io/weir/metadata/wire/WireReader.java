package io.weir.metadata.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link WireWriter} wrote. Every length is checked against the bytes that are there before anything is
 * allocated for it.
 *
 * <p>Threading: one thread.
 */
public final class WireReader {
    private final ByteBuffer bytes;

    public WireReader(ByteBuffer bytes) {
        this.bytes = bytes.duplicate();
    }

    /** Reads over pieces as if they were one; several pieces are copied together. */
    public static WireReader over(List<ByteBuffer> pieces) {
        if (pieces.size() == 1) {
            return new WireReader(pieces.getFirst());
        }
        int size = pieces.stream().mapToInt(ByteBuffer::remaining).sum();
        ByteBuffer whole = ByteBuffer.allocate(size);
        pieces.forEach(piece -> whole.put(piece.duplicate()));
        return new WireReader(whole.flip());
    }

    public int u8() throws MalformedException {
        return need(1).get() & 0xFF;
    }

    /** The next byte, which stays the next one. */
    public int peek() throws MalformedException {
        ByteBuffer next = need(1);
        return next.get(next.position()) & 0xFF;
    }

    public int u16() throws MalformedException {
        return need(2).getShort() & 0xFFFF;
    }

    public int i32() throws MalformedException {
        return need(4).getInt();
    }

    public long i64() throws MalformedException {
        return need(8).getLong();
    }

    /** A flag: 0 or 1. */
    public boolean flag() throws MalformedException {
        int value = u8();
        if (value > 1) {
            throw new MalformedException("Flag is " + value + " at byte " + (bytes.position() - 1));
        }
        return value == 1;
    }

    public String string() throws MalformedException {
        int length = u16();
        byte[] utf8 = new byte[length(length)];
        bytes.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    public SortedMap<String, @Nullable String> strings() throws MalformedException {
        int count = count(u16(), 3);
        SortedMap<String, @Nullable String> map = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            String key = string();
            map.put(key, flag() ? string() : null);
        }
        return map;
    }

    /** The next bytes, sharing the content. */
    public ByteBuffer slice(int length) throws MalformedException {
        ByteBuffer slice = bytes.slice(bytes.position(), length(length));
        bytes.position(bytes.position() + length);
        return slice;
    }

    /** A count whose elements take at least so many bytes each: no larger than the bytes that are left allow. */
    public int count(int count, int leastBytesEach) throws MalformedException {
        if (count < 0 || (long) count * leastBytesEach > bytes.remaining()) {
            throw new MalformedException("Count is " + count + " with " + bytes.remaining() + " bytes left");
        }
        return count;
    }

    /** Refuses bytes behind the end. */
    public void end() throws MalformedException {
        if (bytes.hasRemaining()) {
            throw new MalformedException(bytes.remaining() + " bytes behind the end");
        }
    }

    private int length(int length) throws MalformedException {
        if (length < 0 || length > bytes.remaining()) {
            throw new MalformedException("Length is " + length + " with " + bytes.remaining() + " bytes left");
        }
        return length;
    }

    private ByteBuffer need(int length) throws MalformedException {
        if (bytes.remaining() < length) {
            throw new MalformedException("Cut short: " + length + " bytes wanted, " + bytes.remaining() + " left");
        }
        return bytes;
    }
}
