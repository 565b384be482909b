package io.weir.lakehouse.variant;

import io.weir.lakehouse.variant.FieldNames.Name;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.iceberg.variants.Variant;
import org.apache.iceberg.variants.VariantMetadata;

/**
 * Makes VARIANTs of JSON. Whole numbers take the smallest type that holds them; fractions without an exponent are
 * decimals, as far as 38 digits go; every other number is a double, and none that is beyond those. Of a name that
 * occurs twice the last value counts. Half a character, which JSON can escape and UTF-8 cannot say, is a question mark.
 *
 * <p>The bytes are those of Parquet's own builder: fields are numbered in the order in which names first occur, and lie
 * in the order of their names. Only a decimal with more zeros behind the point than its type has digits gets a larger
 * one: Spark refuses it else.
 *
 * <p>Threading: one thread at a time.
 */
public final class VariantEncoder {
    private static final int MOST_DECIMAL_DIGITS = 38;
    private static final int MOST_LONG_DIGITS = 18;
    private static final int FIRST_ENDS = 32;
    private static final int MOST_KEPT_ENDS = 4096;

    private final Limits limits;
    private final JsonText json;
    private final FieldNames names = new FieldNames();
    private final Fields fields = new Fields();
    private final ValueBytes out;
    private byte[] copied = {};
    private int[] ends = new int[FIRST_ENDS];
    private int endCount;

    /**
     * What is refused beyond.
     *
     * @param depth of objects and lists within each other
     * @param numberDigits of one number
     * @param nameChars of one field's name, as Java counts them
     * @param valueBytes of one encoded value
     */
    public record Limits(int depth, int numberDigits, int nameChars, int valueBytes) {
        public Limits {
            if (depth < 1 || numberDigits < 1 || nameChars < 1 || valueBytes < ValueBytes.MOST_KEPT) {
                throw new IllegalArgumentException("Illegal limits: depth " + depth + ", digits " + numberDigits
                        + ", characters " + nameChars + ", bytes " + valueBytes);
            }
        }
    }

    /** An encoder that has seen nothing yet. */
    public VariantEncoder(Limits limits) {
        this.limits = limits;
        this.json = new JsonText(limits.numberDigits());
        this.out = new ValueBytes(limits.valueBytes());
    }

    /** The text's value. */
    public Encoding encode(ByteBuffer text) {
        out.clear();
        fields.clear(names.begin());
        endCount = 0;
        if (ends.length > MOST_KEPT_ENDS) {
            ends = new int[FIRST_ENDS];
        }
        try {
            begin(text);
            value(0);
            json.requireEnd();
            VariantMetadata dictionary = names.dictionary();
            return new Encoding.Encoded(Variant.of(dictionary, new EncodedValue(dictionary, out.view())));
        } catch (Refusal refusal) {
            return refusal.encoding();
        } finally {
            json.clear();
        }
    }

    private void begin(ByteBuffer text) {
        if (text.hasArray()) {
            int from = text.arrayOffset() + text.position();
            json.begin(text.array(), from, from + text.remaining());
            return;
        }
        int length = text.remaining();
        if (copied.length < length || copied.length > ValueBytes.MOST_KEPT) {
            copied = new byte[length];
        }
        text.get(text.position(), copied, 0, length);
        json.begin(copied, 0, length);
    }

    private void value(int depth) throws Refusal {
        switch (json.peek()) {
            case '{' -> object(depth + 1);
            case '[' -> list(depth + 1);
            case '"' -> {
                json.string();
                out.string(json.span(), json.spanFrom(), json.spanTo());
            }
            case 't' -> {
                json.word("true");
                out.truth(true);
            }
            case 'f' -> {
                json.word("false");
                out.truth(false);
            }
            case 'n' -> {
                json.word("null");
                out.nothing();
            }
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> number();
            default -> throw json.unexpected();
        }
    }

    private void enter(int depth) throws Refusal {
        if (depth > limits.depth()) {
            throw json.unexpected();
        }
        json.skip();
    }

    private void object(int depth) throws Refusal {
        enter(depth);
        int begin = out.size();
        int first = fields.size();
        if (json.peek() == '}') {
            json.skip();
        } else {
            do {
                Name name = name();
                int from = out.size();
                value(depth);
                fields.add(name, from - begin, out.size() - from);
            } while (json.goesOn('}'));
        }
        fields.sort(first);
        out.object(begin, fields, first, fields.size());
        fields.cut(first);
    }

    private Name name() throws Refusal {
        if (json.peek() != '"') {
            throw json.unexpected();
        }
        json.string();
        int from = json.spanFrom();
        int to = json.spanTo();
        // No character of Java's takes less than a byte.
        if (to - from > limits.nameChars() && Utf8.javaLength(json.span(), from, to) > limits.nameChars()) {
            throw json.unexpected();
        }
        Name name = names.of(json.span(), from, to);
        json.require(':');
        return name;
    }

    private void list(int depth) throws Refusal {
        enter(depth);
        int begin = out.size();
        int first = endCount;
        if (json.peek() == ']') {
            json.skip();
        } else {
            do {
                value(depth);
                end(out.size() - begin);
            } while (json.goesOn(']'));
        }
        out.array(begin, ends, first, endCount);
        endCount = first;
    }

    private void end(int offset) {
        if (endCount == ends.length) {
            ends = Arrays.copyOf(ends, 2 * endCount);
        }
        ends[endCount++] = offset;
    }

    private void number() throws Refusal {
        json.number();
        if (json.hasExponent()) {
            String text = json.spanText();
            real(Double.parseDouble(text), text);
        } else if (json.digitCount() > MOST_LONG_DIGITS) {
            longNumber();
        } else if (json.hasPoint()) {
            long unscaled = json.unscaled();
            out.decimal(unscaled, precision(unscaled), json.scale());
        } else {
            out.whole(json.unscaled());
        }
    }

    private static int precision(long number) {
        int digits = 1;
        for (long rest = number / 10; rest != 0; rest /= 10) {
            digits++;
        }
        return digits;
    }

    private void longNumber() throws Refusal {
        BigDecimal number = new BigDecimal(json.spanText());
        BigInteger unscaled = number.unscaledValue();
        if (!json.hasPoint() && unscaled.bitLength() < Long.SIZE) {
            out.whole(unscaled.longValue());
        } else if (number.precision() <= MOST_DECIMAL_DIGITS && number.scale() <= MOST_DECIMAL_DIGITS) {
            out.decimal(unscaled, number.precision(), number.scale());
        } else {
            real(number.doubleValue(), number);
        }
    }

    private void real(double number, Object text) throws Refusal {
        if (Double.isInfinite(number)) {
            throw Refusal.tooMuch("no number holds " + text);
        }
        out.real(number);
    }
}
