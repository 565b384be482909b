package io.weir.lakehouse.variant;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The bytes of a VARIANT's value, as they grow. Every number takes the fewest bytes that hold it (Parquet's
 * VariantEncoding.md, "Value encoding").
 *
 * <p>Threading: one thread at a time.
 */
final class ValueBytes {
    /** Bytes kept for the next value: there is one of these for each table that is fed. */
    static final int MOST_KEPT = 64 << 10;

    private static final int FIRST = 1 << 10;

    private static final int SHORT_STRING = 1;
    private static final int OBJECT = 2;
    private static final int ARRAY = 3;
    private static final int NULL = 0;
    private static final int TRUE = 1;
    private static final int FALSE = 2;
    private static final int INT8 = 3;
    private static final int INT16 = 4;
    private static final int INT32 = 5;
    private static final int INT64 = 6;
    private static final int DOUBLE = 7;
    private static final int DECIMAL4 = 8;
    private static final int DECIMAL8 = 9;
    private static final int DECIMAL16 = 10;
    private static final int STRING = 16;

    private static final int TYPE_BITS = 2;
    private static final int MOST_SHORT_STRING = 63;
    private static final int MOST_SMALL = 255;
    private static final int DECIMAL4_DIGITS = 9;
    private static final int DECIMAL8_DIGITS = 18;
    private static final int DECIMAL16_BYTES = 16;

    private final int most;
    private byte[] bytes = new byte[FIRST];
    private byte[] values = new byte[FIRST];
    private int size;

    /** @param most bytes; a value that needs more is refused */
    ValueBytes(int most) {
        this.most = most;
    }

    void clear() {
        size = 0;
        if (bytes.length > MOST_KEPT) {
            bytes = new byte[FIRST];
        }
        if (values.length > MOST_KEPT) {
            values = new byte[FIRST];
        }
    }

    int size() {
        return size;
    }

    /** Valid until the next {@link #clear}. */
    ByteBuffer view() {
        return ByteBuffer.wrap(bytes, 0, size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** How many bytes hold a number. */
    static int width(int number) {
        return number <= 0xff ? 1 : number <= 0xffff ? 2 : number <= 0xffffff ? 3 : Integer.BYTES;
    }

    static void put(byte[] target, int at, long number, int width) {
        long rest = number;
        for (int i = 0; i < width; i++) {
            target[at + i] = (byte) rest;
            rest >>= Byte.SIZE;
        }
    }

    private void require(long more) throws Refusal {
        if (more > bytes.length - size) {
            long needed = size + more;
            if (needed > most) {
                throw Refusal.tooMuch("it takes more than " + most + " bytes");
            }
            bytes = Arrays.copyOf(bytes, (int) Math.min(most, Math.max(needed, 2L * bytes.length)));
        }
    }

    private void primitive(int type) {
        bytes[size++] = (byte) (type << TYPE_BITS);
    }

    private void number(int type, long number, int width) throws Refusal {
        require(1 + Long.BYTES);
        primitive(type);
        put(bytes, size, number, width);
        size += width;
    }

    void nothing() throws Refusal {
        require(1);
        primitive(NULL);
    }

    void truth(boolean value) throws Refusal {
        require(1);
        primitive(value ? TRUE : FALSE);
    }

    void whole(long value) throws Refusal {
        if (value == (byte) value) {
            number(INT8, value, Byte.BYTES);
        } else if (value == (short) value) {
            number(INT16, value, Short.BYTES);
        } else if (value == (int) value) {
            number(INT32, value, Integer.BYTES);
        } else {
            number(INT64, value, Long.BYTES);
        }
    }

    void real(double value) throws Refusal {
        number(DOUBLE, Double.doubleToLongBits(value), Long.BYTES);
    }

    /** @param scale at most 18 */
    void decimal(long unscaled, int precision, int scale) throws Refusal {
        require(2 + Long.BYTES);
        boolean small = precision <= DECIMAL4_DIGITS && scale <= DECIMAL4_DIGITS;
        primitive(small ? DECIMAL4 : DECIMAL8);
        bytes[size++] = (byte) scale;
        int width = small ? Integer.BYTES : Long.BYTES;
        put(bytes, size, unscaled, width);
        size += width;
    }

    /** @param scale at most 38, as many digits as the number has at most */
    void decimal(BigInteger unscaled, int precision, int scale) throws Refusal {
        if (precision <= DECIMAL8_DIGITS && scale <= DECIMAL8_DIGITS) {
            decimal(unscaled.longValueExact(), precision, scale);
            return;
        }
        require(2 + DECIMAL16_BYTES);
        primitive(DECIMAL16);
        bytes[size++] = (byte) scale;
        put(bytes, size, unscaled.longValue(), Long.BYTES);
        put(bytes, size + Long.BYTES, unscaled.shiftRight(Long.SIZE).longValue(), Long.BYTES);
        size += DECIMAL16_BYTES;
    }

    void string(byte[] source, int from, int to) throws Refusal {
        int length = to - from;
        require(1L + Integer.BYTES + length);
        if (length <= MOST_SHORT_STRING) {
            bytes[size++] = (byte) (SHORT_STRING | (length << TYPE_BITS));
        } else {
            primitive(STRING);
            put(bytes, size, length, Integer.BYTES);
            size += Integer.BYTES;
        }
        System.arraycopy(source, from, bytes, size, length);
        size += length;
    }

    /**
     * Makes an array of the values since {@code begin}.
     *
     * @param ends where each of them ends, from {@code begin} on
     */
    void array(int begin, int[] ends, int from, int to) throws Refusal {
        int count = to - from;
        int length = size - begin;
        int width = width(length);
        int countWidth = count > MOST_SMALL ? Integer.BYTES : 1;
        long header = 1L + countWidth + (count + 1L) * width;
        require(header);
        int valuesAt = begin + (int) header;
        System.arraycopy(bytes, begin, bytes, valuesAt, length);
        int large = countWidth > 1 ? 1 : 0;
        bytes[begin] = (byte) (ARRAY | (((width - 1) | (large << 2)) << TYPE_BITS));
        put(bytes, begin + 1, count, countWidth);
        int at = begin + 1 + countWidth;
        put(bytes, at, 0, width);
        for (int i = from; i < to; i++) {
            at += width;
            put(bytes, at, ends[i], width);
        }
        size = valuesAt + length;
    }

    /**
     * Makes an object of the values since {@code begin}; those that are no field's are left out.
     *
     * @param fields in the order of their names
     */
    void object(int begin, Fields fields, int from, int to) throws Refusal {
        int count = to - from;
        int length = 0;
        int largest = 0;
        for (int i = from; i < to; i++) {
            length += fields.length(i);
            largest = Math.max(largest, fields.number(i));
        }
        int width = width(length);
        int numberWidth = width(largest);
        int countWidth = count > MOST_SMALL ? Integer.BYTES : 1;
        long header = 1L + countWidth + (long) count * numberWidth + (count + 1L) * width;
        setValuesAside(begin);
        size = begin;
        require(header + length);
        int large = countWidth > 1 ? 1 : 0;
        bytes[begin] = (byte) (OBJECT | (((width - 1) | ((numberWidth - 1) << 2) | (large << 4)) << TYPE_BITS));
        put(bytes, begin + 1, count, countWidth);
        int numberAt = begin + 1 + countWidth;
        int offsetAt = numberAt + count * numberWidth;
        int valuesAt = begin + (int) header;
        int offset = 0;
        for (int i = from; i < to; i++) {
            put(bytes, numberAt, fields.number(i), numberWidth);
            put(bytes, offsetAt, offset, width);
            System.arraycopy(values, fields.offset(i), bytes, valuesAt + offset, fields.length(i));
            numberAt += numberWidth;
            offsetAt += width;
            offset += fields.length(i);
        }
        put(bytes, offsetAt, offset, width);
        size = valuesAt + length;
    }

    private void setValuesAside(int begin) {
        int length = size - begin;
        if (values.length < length) {
            values = new byte[Math.max(length, (int) Math.min(most, 2L * values.length))];
        }
        System.arraycopy(bytes, begin, values, 0, length);
    }
}
