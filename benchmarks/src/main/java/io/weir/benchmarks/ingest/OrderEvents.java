package io.weir.benchmarks.ingest;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Orders of a shop as JSON of exactly {@value #SIZE_BYTES} bytes: ten named fields, of which one third of the bytes is
 * random (a UUID, a session, numbers, an address), one third picked from lists, and the rest names and punctuation.
 *
 * <p>Threading: one thread.
 */
final class OrderEvents {
    static final int SIZE_BYTES = 500;

    private static final String[] CITIES = {
        "Amsterdam",
        "Berlin",
        "Copenhagen",
        "Dublin",
        "Edinburgh",
        "Florence",
        "Gothenburg",
        "Helsinki",
        "Istanbul",
        "Jerusalem",
        "Krakow",
        "Lisbon",
        "Madrid",
        "Naples",
        "Oslo",
        "Paris"
    };
    private static final String[] AGENTS = {
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_5) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/138.0.0.0 Safari/537.36",
        "shop-app/7.14.2 (Android 15; Pixel 9) okhttp/5.1.0"
    };
    private static final String[] WORDS = {
        "please",
        "leave",
        "the",
        "parcel",
        "with",
        "a",
        "neighbour",
        "behind",
        "door",
        "ring",
        "twice",
        "call",
        "before",
        "delivery",
        "after",
        "noon",
        "gift",
        "wrapped",
        "no",
        "invoice",
        "inside",
        "thanks"
    };
    private static final String HEX = "0123456789abcdef";

    private final SplittableRandom random;
    private final StringBuilder text = new StringBuilder(SIZE_BYTES + 100);

    OrderEvents(long seed) {
        this.random = new SplittableRandom(seed);
    }

    byte[] next(long number, long nowMs) {
        text.setLength(0);
        text.append("{\"order\":").append(number).append(",\"id\":\"");
        hex(32);
        text.append("\",\"at\":").append(nowMs).append(",\"customer\":\"c").append(random.nextInt(1_000_000));
        text.append("\",\"session\":\"");
        hex(40);
        text.append("\",\"city\":\"").append(any(CITIES)).append("\",\"ip\":\"");
        text.append(random.nextInt(256)).append('.').append(random.nextInt(256)).append('.');
        text.append(random.nextInt(256)).append('.').append(random.nextInt(256));
        text.append("\",\"agent\":\"").append(any(AGENTS)).append("\",\"items\":[");
        for (int item = 0; item < 2; item++) {
            text.append(item == 0 ? "" : ",").append("{\"sku\":\"S-").append(random.nextInt(100_000, 1_000_000));
            text.append("\",\"quantity\":").append(random.nextInt(1, 10)).append(",\"cents\":");
            text.append(random.nextInt(100, 100_000)).append('}');
        }
        text.append("],\"note\":\"");
        int end = SIZE_BYTES - 2;
        while (text.length() < end) {
            text.append(any(WORDS)).append(' ');
        }
        text.setLength(end);
        return text.append("\"}").toString().getBytes(StandardCharsets.US_ASCII);
    }

    private void hex(int digits) {
        long bits = 0;
        for (int i = 0; i < digits; i++) {
            bits = i % 16 == 0 ? random.nextLong() : bits >>> 4;
            text.append(HEX.charAt((int) (bits & 15)));
        }
    }

    private String any(String[] list) {
        return list[random.nextInt(list.length)];
    }
}
