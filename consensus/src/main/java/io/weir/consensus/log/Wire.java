package io.weir.consensus.log;

import java.nio.ByteBuffer;

/** Walks the fields of a protocol buffer; damaged input ends the walk and leaves {@link #broken} set. */
final class Wire {
    static final int VARINT = 0;
    private static final int LENGTH_DELIMITED = 2;
    private static final int MAX_VARINT_BITS = 63;

    private final ByteBuffer bytes;
    private final int limit;
    private int position;
    private boolean broken;

    private int field;
    private long number;
    private int valueStart;
    private int valueEnd;

    Wire(ByteBuffer bytes, int start, int limit) {
        this.bytes = bytes;
        this.position = start;
        this.limit = limit;
    }

    /** Moves to the next field; false at the end or at damage. */
    boolean next() {
        if (position >= limit || broken) {
            return false;
        }
        long tag = varint();
        field = (int) (tag >>> 3);
        switch ((int) (tag & 7)) {
            case VARINT -> number = varint();
            case LENGTH_DELIMITED -> {
                long length = varint();
                if (length < 0 || length > limit - position) {
                    broken = true;
                } else {
                    valueStart = position;
                    valueEnd = position + (int) length;
                    position = valueEnd;
                }
            }
            default -> broken = true;
        }
        return !broken;
    }

    /** The next varint; -1 at damage. */
    long varint() {
        long value = 0;
        for (int shift = 0; shift <= MAX_VARINT_BITS; shift += 7) {
            if (position >= limit) {
                break;
            }
            byte next = bytes.get(position++);
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        broken = true;
        return -1;
    }

    int field() {
        return field;
    }

    long number() {
        return number;
    }

    int valueStart() {
        return valueStart;
    }

    int valueEnd() {
        return valueEnd;
    }

    int position() {
        return position;
    }

    boolean broken() {
        return broken;
    }
}
