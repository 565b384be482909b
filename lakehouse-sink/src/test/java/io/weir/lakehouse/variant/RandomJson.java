package io.weir.lakehouse.variant;

import java.util.LinkedHashSet;
import java.util.Random;
import java.util.Set;

/** Texts that are JSON, of every kind of value; no object has a name twice. */
final class RandomJson {
    private static final String[] NAMES = {
        "a",
        "b",
        "aa",
        "ab",
        "",
        "customer_id",
        "customer_name",
        "customer_",
        "é",
        "日本",
        "\\n",
        "\\u0041",
        "\\\"",
        "\u007f",
        "z",
        "\uffee",
        "😀"
    };
    private static final String[] STRINGS = {
        "",
        "x",
        "\\\\",
        "\\\"\\/\\b\\f\\n\\r\\t",
        "\\u00e4\\u65e5",
        "\\ud83d\\ude00",
        "äöü",
        "日本語",
        "😀",
        "a\\u0000b",
        "\u007f\u0080"
    };
    private static final String[] SPACES = {"", "", "", " ", "\n", "\t\r "};

    private final Random random;
    private final StringBuilder text = new StringBuilder();

    RandomJson(long seed) {
        this.random = new Random(seed);
    }

    String next() {
        text.setLength(0);
        value(0);
        return text.toString();
    }

    private void space() {
        text.append(SPACES[random.nextInt(SPACES.length)]);
    }

    private void value(int depth) {
        space();
        switch (random.nextInt(depth > 4 ? 6 : 9)) {
            case 0 -> text.append(random.nextBoolean());
            case 1 -> text.append("null");
            case 2, 3 -> number();
            case 4, 5 -> string();
            case 6 -> list(depth);
            default -> object(depth);
        }
        space();
    }

    private void object(int depth) {
        text.append('{');
        Set<String> names = new LinkedHashSet<>();
        int wanted = random.nextInt(20) == 0 ? 300 : random.nextInt(12);
        for (int i = 0; i < wanted; i++) {
            names.add(random.nextBoolean() ? NAMES[random.nextInt(NAMES.length)] : "n" + random.nextInt(1000));
        }
        // Both are the same name.
        if (names.contains("\\u0041")) {
            names.remove("A");
        }
        String comma = "";
        for (String name : names) {
            text.append(comma);
            space();
            text.append('"').append(name).append('"');
            space();
            text.append(':');
            value(names.size() > 50 ? 9 : depth + 1);
            comma = ",";
        }
        text.append('}');
    }

    private void list(int depth) {
        text.append('[');
        int size = random.nextInt(20) == 0 ? 300 : random.nextInt(6);
        for (int i = 0; i < size; i++) {
            text.append(i == 0 ? "" : ",");
            value(size > 50 ? 9 : depth + 1);
        }
        text.append(']');
    }

    private void string() {
        text.append('"');
        for (int parts = random.nextInt(4); parts > 0; parts--) {
            text.append(STRINGS[random.nextInt(STRINGS.length)]);
        }
        text.append("y".repeat(random.nextInt(4) == 0 ? random.nextInt(400) : 0))
                .append('"');
    }

    private void number() {
        text.append(random.nextInt(3) == 0 ? "-" : "");
        digits(random.nextInt(4) == 0 ? 1 + random.nextInt(45) : 1 + random.nextInt(20), true);
        if (random.nextInt(3) == 0) {
            // Parquet's builder gives a decimal with more zeros than digits too small a type.
            text.append('.').append(1 + random.nextInt(9));
            digits(random.nextInt(random.nextBoolean() ? 3 : 42), false);
        }
        if (random.nextInt(6) == 0) {
            text.append(random.nextBoolean() ? "e" : "E");
            text.append(new String[] {"", "+", "-"}[random.nextInt(3)]);
            digits(1 + random.nextInt(2), false);
        }
    }

    private void digits(int count, boolean whole) {
        if (whole && random.nextInt(8) == 0) {
            text.append('0');
            return;
        }
        for (int i = 0; i < count; i++) {
            text.append((char) ('0' + (whole && i == 0 ? 1 + random.nextInt(9) : random.nextInt(10))));
        }
    }
}
