package io.weir.lakehouse.variant;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * JSON in UTF-8 (RFC 8259), token by token. The present token begins at {@link #at}.
 *
 * <p>Threading: one thread at a time. A span is valid until the next is read.
 */
final class JsonText {
    /** Unescaped bytes kept for the next string. */
    static final int MOST_KEPT = 16 << 10;

    private static final int HEX_DIGITS = 4;
    private static final int HEX = 16;
    private static final byte UNKNOWN = '?';

    private final int mostDigits;
    private byte[] text = {};
    private int at;
    private int end;
    private byte[] unescaped = {};
    private int unescapedSize;
    private byte[] span = {};
    private int spanFrom;
    private int spanTo;
    private long unscaled;
    private int digits;
    private int scale;
    private boolean exponent;

    /** @param mostDigits of a number, those of its exponent included */
    JsonText(int mostDigits) {
        this.mostDigits = mostDigits;
    }

    void begin(byte[] source, int from, int to) {
        text = source;
        at = from;
        end = to;
        if (unescaped.length > MOST_KEPT) {
            unescaped = new byte[0];
        }
    }

    /** Nothing of the text is referred to any longer. */
    void clear() {
        text = new byte[0];
        span = text;
        at = 0;
        end = 0;
    }

    /** What the next token begins with. */
    byte peek() throws Refusal {
        int i = at;
        while (i < end) {
            byte b = text[i];
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                at = i;
                return b;
            }
            i++;
        }
        at = i;
        throw Refusal.notJson(i, "the text ends early");
    }

    void skip() {
        at++;
    }

    void requireEnd() throws Refusal {
        while (at < end) {
            byte b = text[at];
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                throw Refusal.notJson(at, "there is more behind the value");
            }
            at++;
        }
    }

    void require(char wanted) throws Refusal {
        if (peek() != wanted) {
            throw unexpected();
        }
        at++;
    }

    Refusal unexpected() {
        return Refusal.notJson(at, "something unexpected is");
    }

    /** Whether a list goes on: behind an element is a comma, or the end of the list. */
    boolean goesOn(char closing) throws Refusal {
        byte b = peek();
        if (b != ',' && b != closing) {
            throw unexpected();
        }
        at++;
        return b == ',';
    }

    void word(String word) throws Refusal {
        if (end - at < word.length()) {
            throw unexpected();
        }
        for (int i = 0; i < word.length(); i++) {
            if (text[at + i] != word.charAt(i)) {
                throw unexpected();
            }
        }
        at += word.length();
    }

    // ---- strings

    byte[] span() {
        return span;
    }

    int spanFrom() {
        return spanFrom;
    }

    int spanTo() {
        return spanTo;
    }

    /** Reads the string that begins here; its bytes are the span. */
    void string() throws Refusal {
        byte[] from = text;
        int limit = end;
        int i = at + 1;
        int begin = i;
        while (i < limit) {
            byte b = from[i];
            if (b == '"') {
                span = from;
                spanFrom = begin;
                spanTo = i;
                at = i + 1;
                return;
            }
            if (b == '\\') {
                escaped(begin, i);
                return;
            }
            if (b < ' ') {
                i = character(i);
            } else {
                i++;
            }
        }
        throw Refusal.notJson(limit, "a string ends early");
    }

    /** Returns where the character ends: it is not a control character, and of more than one byte. */
    private int character(int i) throws Refusal {
        int size = Utf8.size(text, i, end);
        if (size == 0) {
            throw Refusal.notJson(i, text[i] < 0 ? "no UTF-8 is" : "a control character is in a string");
        }
        return i + size;
    }

    /** @param escape where the first escape is */
    private void escaped(int begin, int escape) throws Refusal {
        unescapedSize = 0;
        int copied = begin;
        int i = escape;
        while (i < end) {
            byte b = text[i];
            if (b == '"') {
                copy(copied, i);
                span = unescaped;
                spanFrom = 0;
                spanTo = unescapedSize;
                at = i + 1;
                return;
            }
            if (b == '\\') {
                copy(copied, i);
                i = unescape(i + 1);
                copied = i;
            } else {
                i = b < ' ' ? character(i) : i + 1;
            }
        }
        throw Refusal.notJson(end, "a string ends early");
    }

    private void copy(int from, int to) {
        room(to - from);
        System.arraycopy(text, from, unescaped, unescapedSize, to - from);
        unescapedSize += to - from;
    }

    private void room(int more) {
        if (unescaped.length - unescapedSize < more) {
            unescaped = Arrays.copyOf(unescaped, Math.max(2 * unescaped.length, unescapedSize + more + HEX));
        }
    }

    /** Returns where the escape ends whose letter is at {@code i}. */
    private int unescape(int i) throws Refusal {
        room(HEX_DIGITS);
        byte letter = i < end ? text[i] : 0;
        if (letter == 'u') {
            return unicode(i + 1);
        }
        unescaped[unescapedSize++] = switch (letter) {
            case '"', '\\', '/' -> letter;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> throw Refusal.notJson(i, "an unknown escape is");
        };
        return i + 1;
    }

    /** Half a character that has no other half becomes a question mark, as it does in Java. */
    private int unicode(int i) throws Refusal {
        int unit = hex(i);
        int next = i + HEX_DIGITS;
        if (!Character.isSurrogate((char) unit)) {
            unescapedSize += Utf8.put(unit, unescaped, unescapedSize);
            return next;
        }
        boolean pair =
                Character.isHighSurrogate((char) unit) && next + 1 < end && text[next] == '\\' && text[next + 1] == 'u';
        int low = pair ? hex(next + 2) : 0;
        if (pair && Character.isLowSurrogate((char) low)) {
            int character = Character.toCodePoint((char) unit, (char) low);
            unescapedSize += Utf8.put(character, unescaped, unescapedSize);
            return next + 2 + HEX_DIGITS;
        }
        unescaped[unescapedSize++] = UNKNOWN;
        return next;
    }

    private int hex(int i) throws Refusal {
        if (end - i < HEX_DIGITS) {
            throw Refusal.notJson(end, "an escape ends early");
        }
        int unit = 0;
        for (int digit = i; digit < i + HEX_DIGITS; digit++) {
            int value = text[digit] < 0 ? -1 : Character.digit(text[digit], HEX);
            if (value < 0) {
                throw Refusal.notJson(digit, "an unknown escape is");
            }
            unit = (unit << HEX_DIGITS) | value;
        }
        return unit;
    }

    // ---- numbers

    /** Reads the number that begins here; what it looks like is the span. */
    void number() throws Refusal {
        spanFrom = at;
        unscaled = 0;
        digits = 0;
        scale = 0;
        boolean negative = skipIf('-', '-');
        boolean zero = at < end && text[at] == '0';
        digits();
        if (zero && digits > 1) {
            throw Refusal.notJson(at, "a number that begins with zero ends");
        }
        if (skipIf('.', '.')) {
            int whole = digits;
            digits();
            scale = digits - whole;
        }
        exponent = skipIf('e', 'E');
        if (exponent) {
            skipIf('+', '-');
            digits();
        }
        if (digits > mostDigits) {
            throw Refusal.notJson(at, "a number of more than " + mostDigits + " digits ends");
        }
        if (negative) {
            unscaled = -unscaled;
        }
        span = text;
        spanTo = at;
    }

    private boolean skipIf(char one, char other) {
        boolean is = at < end && (text[at] == one || text[at] == other);
        if (is) {
            at++;
        }
        return is;
    }

    private void digits() throws Refusal {
        int i = at;
        long number = unscaled;
        while (i < end && text[i] >= '0' && text[i] <= '9') {
            number = 10 * number + (text[i] - '0');
            i++;
        }
        if (i == at) {
            throw unexpected();
        }
        digits += i - at;
        unscaled = number;
        at = i;
    }

    /** Of the number that was read last, as long as it has no more than 18 digits and no exponent. */
    long unscaled() {
        return unscaled;
    }

    int digitCount() {
        return digits;
    }

    /** How many digits are behind the point. */
    int scale() {
        return scale;
    }

    boolean hasExponent() {
        return exponent;
    }

    boolean hasPoint() {
        return scale > 0;
    }

    /** What the number looks like. */
    String spanText() {
        return new String(span, spanFrom, spanTo - spanFrom, StandardCharsets.ISO_8859_1);
    }
}
