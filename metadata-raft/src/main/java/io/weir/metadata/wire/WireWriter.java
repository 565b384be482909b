package io.weir.metadata.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;

/**
 * Writes big-endian values into an array that grows.
 *
 * <p>Threading: one thread.
 */
public final class WireWriter {
    /** Longest string, in bytes of UTF-8. */
    public static final int MAX_STRING_BYTES = 0xFFFF;

    private byte[] bytes;
    private int end;

    public WireWriter(int capacity) {
        bytes = new byte[Math.max(capacity, 16)];
    }

    public WireWriter u8(int value) {
        ensure(1);
        bytes[end++] = (byte) value;
        return this;
    }

    public WireWriter u16(int value) {
        return u8(value >>> 8).u8(value);
    }

    public WireWriter i32(int value) {
        ensure(4);
        bytes[end++] = (byte) (value >>> 24);
        bytes[end++] = (byte) (value >>> 16);
        bytes[end++] = (byte) (value >>> 8);
        bytes[end++] = (byte) value;
        return this;
    }

    public WireWriter i64(long value) {
        return i32((int) (value >>> 32)).i32((int) value);
    }

    /** A length of two bytes, then UTF-8. */
    public WireWriter string(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        if (utf8.length > MAX_STRING_BYTES) {
            throw new IllegalArgumentException(
                    "String of " + utf8.length + " bytes is longer than " + MAX_STRING_BYTES);
        }
        return u16(utf8.length).raw(utf8, 0, utf8.length);
    }

    /** A count of two bytes, then keys and values, a presence byte before each value, ascending by key. */
    public WireWriter strings(Map<String, ? extends @Nullable String> map) {
        SortedMap<String, @Nullable String> sorted = new TreeMap<>(map);
        u16(sorted.size());
        sorted.forEach((key, value) -> {
            string(key);
            u8(value == null ? 0 : 1);
            if (value != null) {
                string(value);
            }
        });
        return this;
    }

    public WireWriter raw(byte[] source, int offset, int length) {
        ensure(length);
        System.arraycopy(source, offset, bytes, end, length);
        end += length;
        return this;
    }

    /** Everything that remains in the buffer, whose position stays. */
    public WireWriter raw(ByteBuffer source) {
        int length = source.remaining();
        ensure(length);
        source.get(source.position(), bytes, end, length);
        end += length;
        return this;
    }

    public int size() {
        return end;
    }

    /** What was written, without a copy: valid until the next write. */
    public ByteBuffer view() {
        return ByteBuffer.wrap(bytes, 0, end);
    }

    /**
     * Passes what was written on, and keeps the room.
     *
     * @return how many bytes it was
     */
    int drainTo(OutputStream out, Checksum sum) throws IOException {
        int drained = end;
        sum.update(bytes, 0, drained);
        out.write(bytes, 0, drained);
        end = 0;
        return drained;
    }

    private void ensure(int more) {
        int needed = Math.addExact(end, more);
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(needed, (int) Math.min(bytes.length * 2L, Integer.MAX_VALUE - 8)));
        }
    }
}
