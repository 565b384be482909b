package io.weir.launcher.config;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A number of bytes, written as {@code 64MiB}. */
public record DataSize(long bytes) implements Comparable<DataSize> {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,19})\\s*([A-Za-z]*)");
    private static final String[] UNITS = {"TiB", "GiB", "MiB", "KiB"};

    public DataSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("A size must not be negative: " + bytes);
        }
    }

    public static DataSize ofMebibytes(long mebibytes) {
        return new DataSize(Math.multiplyExact(mebibytes, 1L << 20));
    }

    /** Reads {@code 512}, {@code 512B}, {@code 64KiB}, {@code 64MiB}, {@code 8GiB} or {@code 2TiB}. */
    public static DataSize parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            throw unreadable(text);
        }
        int shift = switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
            case "", "b" -> 0;
            case "kib" -> 10;
            case "mib" -> 20;
            case "gib" -> 30;
            case "tib" -> 40;
            default -> throw unreadable(text);
        };
        try {
            return new DataSize(Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << shift));
        } catch (ArithmeticException | NumberFormatException tooLarge) {
            throw unreadable(text);
        }
    }

    /** This size, unless it lies outside the bounds. */
    DataSize between(DataSize least, DataSize most) {
        if (compareTo(least) < 0 || compareTo(most) > 0) {
            throw new IllegalArgumentException(this + " is not between " + least + " and " + most);
        }
        return this;
    }

    @Override
    public int compareTo(DataSize other) {
        return Long.compare(bytes, other.bytes);
    }

    @Override
    public String toString() {
        int shift = 40;
        for (String unit : UNITS) {
            if (bytes != 0 && bytes % (1L << shift) == 0) {
                return (bytes >> shift) + unit;
            }
            shift -= 10;
        }
        return bytes + "B";
    }

    private static IllegalArgumentException unreadable(String text) {
        return new IllegalArgumentException(
                "'" + text + "' is not a size: write a number of bytes, or one with KiB, MiB, GiB or TiB, as 64MiB");
    }
}
