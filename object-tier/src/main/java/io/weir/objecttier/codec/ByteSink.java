package io.weir.objecttier.codec;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** A byte array that grows as it is written to. Numbers are big-endian. Threading: one thread. */
public final class ByteSink {
    private byte[] bytes;
    private int size;

    public ByteSink(int expectedBytes) {
        this.bytes = new byte[Math.max(16, expectedBytes)];
    }

    public int size() {
        return size;
    }

    public ByteSink u8(int value) {
        room(1);
        bytes[size++] = (byte) value;
        return this;
    }

    public ByteSink u16(int value) {
        return u8(value >>> 8).u8(value);
    }

    public ByteSink i32(int value) {
        return u16(value >>> 16).u16(value);
    }

    public ByteSink i64(long value) {
        return i32((int) (value >>> 32)).i32((int) value);
    }

    /** Seven bits a byte, the lowest first; negative values take ten bytes. */
    public ByteSink varlong(long value) {
        room(10);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
        return this;
    }

    /** A signed number, small ones of either sign short. */
    public ByteSink zigzag(long value) {
        return varlong((value << 1) ^ (value >> 63));
    }

    public ByteSink bytes(byte[] more) {
        room(more.length);
        System.arraycopy(more, 0, bytes, size, more.length);
        size += more.length;
        return this;
    }

    /** What was written so far, not copied: write no more after this. */
    public ByteBuffer buffer() {
        return ByteBuffer.wrap(bytes, 0, size);
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), (int) Math.min(1L << 30, size * 2L)));
        }
    }
}
