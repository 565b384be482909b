package io.weir.lakehouse.variant;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.iceberg.variants.VariantMetadata;
import org.jspecify.annotations.Nullable;

/**
 * The names of a text's fields, numbered as they come, and the dictionary of them that is a VARIANT's metadata. Names
 * are kept for the next text, which mostly has the same: then the dictionary is the same object.
 *
 * <p>Threading: one thread at a time.
 */
final class FieldNames {
    /** A text that comes upon more of them forgets them all: there is one of these for each table that is fed. */
    static final int MOST_KEPT = 1024;

    static final int MOST_KEPT_BYTES = 64 << 10;

    private static final int FIRST_SLOTS = 64;
    private static final int FROM_E000 = 0xee;
    private static final int FROM_F000 = 0xef;
    private static final int BEHIND_ALL = 8;
    private static final int VERSION = 1;
    private static final int OFFSET_SIZE_SHIFT = 6;

    /** Odd and nobody's but ours: names come from strangers, who must not choose where they fall. */
    private final long multiplier = ThreadLocalRandom.current().nextLong() | 1;

    private @Nullable Name[] slots = new Name[FIRST_SLOTS];
    private Name[] used = {};
    private Name[] usedBefore = {};
    private int count;
    private int keptBytes;
    private int size;
    private int sizeBefore = -1;
    private long text;
    private VariantMetadata before = VariantMetadata.empty();

    /** A field's name. Its number is the one it has in the text that used it last. */
    static final class Name implements Comparable<Name> {
        private final byte[] utf8;
        private final long hash;
        /** The first bytes, so that mostly one comparison of numbers tells two names apart. */
        private final long beginning;

        private long text;
        private int number;

        private Name(byte[] utf8, long hash) {
            this.utf8 = utf8;
            this.hash = hash;
            long first = 0;
            for (int i = 0; i < Long.BYTES; i++) {
                first = (first << Byte.SIZE) | (i < utf8.length ? rank(utf8[i]) : 0);
            }
            this.beginning = first ^ Long.MIN_VALUE;
        }

        int number() {
            return number;
        }

        /**
         * In Java's order, in which Iceberg, Parquet and Spark look for fields. It is that of the bytes, which the
         * format asks for, but that the characters beyond U+FFFF come before those from U+E000 on.
         */
        @Override
        public int compareTo(Name other) {
            if (beginning != other.beginning) {
                return beginning < other.beginning ? -1 : 1;
            }
            int at = Arrays.mismatch(utf8, other.utf8);
            return at < 0 || at == Math.min(utf8.length, other.utf8.length)
                    ? Integer.compare(utf8.length, other.utf8.length)
                    : Integer.compare(rank(utf8[at]), rank(other.utf8[at]));
        }

        private static int rank(byte of) {
            int unsigned = of & 0xff;
            return unsigned == FROM_E000 || unsigned == FROM_F000 ? unsigned + BEHIND_ALL : unsigned;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Name name && Arrays.equals(utf8, name.utf8);
        }

        @Override
        public int hashCode() {
            return Long.hashCode(hash);
        }
    }

    /** Another text begins; returns whether the names so far are forgotten. */
    boolean begin() {
        text++;
        size = 0;
        boolean full = count > MOST_KEPT || keptBytes > MOST_KEPT_BYTES;
        if (full) {
            slots = new Name[FIRST_SLOTS];
            used = new Name[0];
            usedBefore = new Name[0];
            count = 0;
            keptBytes = 0;
            sizeBefore = -1;
        }
        return full;
    }

    /** The name of these bytes. */
    Name of(byte[] source, int from, int to) {
        long hash = multiplier;
        for (int i = from; i < to; i++) {
            hash = (hash ^ source[i]) * multiplier;
        }
        int mask = slots.length - 1;
        int slot = slot(hash, mask);
        Name name = slots[slot];
        while (name != null && !(name.hash == hash && is(name.utf8, source, from, to))) {
            slot = (slot + 1) & mask;
            name = slots[slot];
        }
        if (name == null) {
            name = new Name(Arrays.copyOfRange(source, from, to), hash);
            slots[slot] = name;
            keptBytes += to - from;
            if (++count * 2 > slots.length) {
                grow();
            }
        }
        if (name.text != text) {
            number(name);
        }
        return name;
    }

    private static int slot(long hash, int mask) {
        return (int) (hash >>> Integer.SIZE) & mask;
    }

    private static boolean is(byte[] name, byte[] source, int from, int to) {
        if (name.length != to - from) {
            return false;
        }
        for (int i = 0; i < name.length; i++) {
            if (name[i] != source[from + i]) {
                return false;
            }
        }
        return true;
    }

    private void number(Name name) {
        name.text = text;
        name.number = size;
        if (size == used.length) {
            used = Arrays.copyOf(used, Math.max(16, 2 * size));
        }
        used[size++] = name;
    }

    private void grow() {
        @Nullable Name[] larger = new Name[2 * slots.length];
        int mask = larger.length - 1;
        for (Name name : slots) {
            if (name != null) {
                int slot = slot(name.hash, mask);
                while (larger[slot] != null) {
                    slot = (slot + 1) & mask;
                }
                larger[slot] = name;
            }
        }
        slots = larger;
    }

    /** How many names are kept, of this text and those before. */
    int kept() {
        return count;
    }

    /** The dictionary of the names since {@link #begin}. */
    VariantMetadata dictionary() {
        if (!isAsBefore()) {
            before = built();
            Name[] free = usedBefore;
            usedBefore = used;
            used = free;
            sizeBefore = size;
        }
        return before;
    }

    @SuppressWarnings("ReferenceEquality") // a name is one object for as long as it is kept
    private boolean isAsBefore() {
        if (size != sizeBefore) {
            return false;
        }
        for (int i = 0; i < size; i++) {
            if (used[i] != usedBefore[i]) {
                return false;
            }
        }
        return true;
    }

    private VariantMetadata built() {
        int length = 0;
        for (int i = 0; i < size; i++) {
            length += used[i].utf8.length;
        }
        int width = ValueBytes.width(Math.max(length, size));
        int listAt = 1 + width;
        int namesAt = listAt + (size + 1) * width;
        byte[] bytes = new byte[namesAt + length];
        bytes[0] = (byte) (VERSION | ((width - 1) << OFFSET_SIZE_SHIFT));
        ValueBytes.put(bytes, 1, size, width);
        int offset = 0;
        for (int i = 0; i < size; i++) {
            byte[] name = used[i].utf8;
            System.arraycopy(name, 0, bytes, namesAt + offset, name.length);
            offset += name.length;
            ValueBytes.put(bytes, listAt + (i + 1) * width, offset, width);
        }
        return VariantMetadata.from(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    }
}
