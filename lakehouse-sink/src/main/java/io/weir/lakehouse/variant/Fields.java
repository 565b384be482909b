package io.weir.lakehouse.variant;

import io.weir.lakehouse.variant.FieldNames.Name;
import java.util.Arrays;

/**
 * The fields of objects that are not whole yet, the inner ones' behind the outer ones', and where their values are.
 *
 * <p>Threading: one thread at a time.
 */
final class Fields {
    /** Fields kept for the next value. */
    static final int MOST_KEPT = 1024;

    private static final int FIRST = 32;

    /** Up to so many, comparing each with those before it is fastest; and they mostly come in one order. */
    private static final int FEW = 24;

    private Field[] fields = {};
    private int size;

    private static final class Field implements Comparable<Field> {
        private Name name = NONE;
        private int offset;
        private int length;

        @Override
        public int compareTo(Field other) {
            return name.compareTo(other.name);
        }
    }

    private static final Name NONE = new FieldNames().of(new byte[0], 0, 0);

    /** @param forgotten whether the names that were used are kept no longer */
    void clear(boolean forgotten) {
        size = 0;
        if (forgotten || fields.length > MOST_KEPT) {
            fields = new Field[0];
        }
    }

    int size() {
        return size;
    }

    void add(Name name, int offset, int length) {
        if (size == fields.length) {
            fields = Arrays.copyOf(fields, Math.max(FIRST, 2 * size));
            for (int i = size; i < fields.length; i++) {
                fields[i] = new Field();
            }
        }
        Field field = fields[size++];
        field.name = name;
        field.offset = offset;
        field.length = length;
    }

    int number(int at) {
        return fields[at].name.number();
    }

    int offset(int at) {
        return fields[at].offset;
    }

    int length(int at) {
        return fields[at].length;
    }

    /** Puts the fields from there on in the order of their names; of those with one name the last stays. */
    void sort(int from) {
        if (size - from > FEW) {
            Arrays.sort(fields, from, size);
        } else {
            for (int i = from + 1; i < size; i++) {
                Field field = fields[i];
                int at = i;
                while (at > from && field.name.compareTo(fields[at - 1].name) < 0) {
                    fields[at] = fields[at - 1];
                    at--;
                }
                fields[at] = field;
            }
        }
        dropRepeated(from);
    }

    @SuppressWarnings("ReferenceEquality") // a name is one object within a text
    private void dropRepeated(int from) {
        int kept = from;
        for (int i = from + 1; i < size; i++) {
            if (fields[i].name != fields[kept].name) {
                kept++;
            }
            // The sort is stable: of equal names the later is further on. What is dropped is used again.
            if (kept != i) {
                Field dropped = fields[kept];
                fields[kept] = fields[i];
                fields[i] = dropped;
            }
        }
        size = Math.min(size, kept + 1);
    }

    /** Forgets the fields from there on. */
    void cut(int from) {
        size = from;
    }
}
