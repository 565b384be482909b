package io.weir.lakehouse.variant;

/** Characters of more than one byte, as RFC 3629 has them (its table is the Unicode standard's 3-7). */
final class Utf8 {
    private static final int LEAST_OF_2 = 0xc2;
    private static final int LEAST_OF_3 = 0xe0;
    private static final int LEAST_OF_4 = 0xf0;
    private static final int MOST_OF_4 = 0xf4;
    private static final int BEFORE_SURROGATES = 0xed;
    private static final int LEAST_NEXT = 0x80;
    private static final int MOST_NEXT = 0xbf;
    private static final int BITS = 6;
    private static final int LOW_BITS = 0x3f;

    private Utf8() {}

    /** How many bytes the character takes; 0 when there is none of more than one byte. */
    static int size(byte[] text, int at, int end) {
        int first = text[at] & 0xff;
        if (first < LEAST_OF_2 || first > MOST_OF_4) {
            return 0;
        }
        int size = first < LEAST_OF_3 ? 2 : first < LEAST_OF_4 ? 3 : 4;
        if (end - at < size || !isSecond(first, text[at + 1] & 0xff)) {
            return 0;
        }
        for (int i = at + 2; i < at + size; i++) {
            if ((text[i] & 0xff) < LEAST_NEXT || (text[i] & 0xff) > MOST_NEXT) {
                return 0;
            }
        }
        return size;
    }

    /** Neither longer than needed, nor half a character, nor beyond the last. */
    private static boolean isSecond(int first, int second) {
        int least = switch (first) {
            case LEAST_OF_3 -> 0xa0;
            case LEAST_OF_4 -> 0x90;
            default -> LEAST_NEXT;
        };
        int most = switch (first) {
            case BEFORE_SURROGATES -> 0x9f;
            case MOST_OF_4 -> 0x8f;
            default -> MOST_NEXT;
        };
        return second >= least && second <= most;
    }

    /** Writes a character that is no half of one; returns its size. */
    static int put(int character, byte[] target, int at) {
        if (character < LEAST_NEXT) {
            target[at] = (byte) character;
            return 1;
        }
        int size = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
        int rest = character;
        for (int i = at + size - 1; i > at; i--) {
            target[i] = (byte) (LEAST_NEXT | (rest & LOW_BITS));
            rest >>= BITS;
        }
        int mark = size == 2 ? 0xc0 : size == 3 ? LEAST_OF_3 : LEAST_OF_4;
        target[at] = (byte) (mark | rest);
        return size;
    }

    /** How many of Java's characters the bytes are, which are UTF-8. */
    static int javaLength(byte[] text, int from, int to) {
        int length = 0;
        for (int i = from; i < to; i++) {
            int unsigned = text[i] & 0xff;
            if (unsigned < LEAST_NEXT || unsigned > MOST_NEXT) {
                length += unsigned >= LEAST_OF_4 ? 2 : 1;
            }
        }
        return length;
    }
}
