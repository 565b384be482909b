package io.weir.launcher.e2e;

import io.weir.launcher.e2e.client.InputRecord;
import io.weir.launcher.e2e.client.InputRecord.Header;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Records that try what a client can send: every codec, 1 byte to 10 MiB, headers, null and empty keys and values. */
final class Corpus {
    static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
    static final int PARTITIONS = 2;
    static final Map<String, String> TOPIC_SETTINGS = Map.of("max.message.bytes", Integer.toString(12 << 20));

    private static final int[] SIZES = {1, 100, 1000, 65_536, 1_000_000, 10 << 20};
    private static final Header PLAIN = new Header("trace", "a1".getBytes(StandardCharsets.UTF_8));
    private static final Header EMPTY = new Header("empty", new byte[0]);

    private final List<InputRecord> records = new ArrayList<>();

    /** @param mapHeaders whether the client knows headers as a map only: no name twice, no null */
    Corpus(long seed, boolean mapHeaders) {
        Random random = new Random(seed);
        List<Header> many = mapHeaders
                ? List.of(PLAIN, EMPTY)
                : List.of(
                        PLAIN,
                        EMPTY,
                        new Header("trace", "b2".getBytes(StandardCharsets.UTF_8)),
                        new Header("no", null));
        for (String codec : CODECS) {
            for (int size : SIZES) {
                add(codec, bytes(random, 12), bytes(random, size), List.of());
            }
            add(codec, null, bytes(random, 300), List.of(PLAIN));
            add(codec, bytes(random, 5), null, many);
            add(codec, null, null, List.of());
            add(codec, new byte[0], new byte[0], List.of(EMPTY));
            for (int i = 0; i < 50; i++) {
                add(codec, bytes(random, 8), bytes(random, 1 + random.nextInt(500)), i % 2 == 0 ? many : List.of());
            }
        }
    }

    private void add(String codec, byte @Nullable [] key, byte @Nullable [] value, List<Header> headers) {
        records.add(new InputRecord(codec, records.size() % PARTITIONS, key, value, headers));
    }

    /** Printable, and about half of it can be compressed away. */
    private static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) ((i & 64) == 0 ? 'a' + (i & 7) : '0' + random.nextInt(64));
        }
        return bytes;
    }

    List<InputRecord> records() {
        return records;
    }

    Path write(Path file) throws IOException {
        try (BufferedWriter writer = Files.newBufferedWriter(file)) {
            for (InputRecord each : records) {
                writer.write(each.line());
                writer.write('\n');
            }
        }
        return file;
    }

    /** The lines a consumer must print, by partition in order, if the topic held nothing before. */
    Map<Integer, List<String>> expected() {
        Map<Integer, List<String>> lines = new TreeMap<>();
        for (InputRecord each : records) {
            int partition = each.partition() == null ? 0 : each.partition();
            List<String> so = lines.computeIfAbsent(partition, none -> new ArrayList<>());
            so.add(each.output(partition, so.size()));
        }
        return lines;
    }

    /** The places in which the producer must report them. */
    List<String> expectedPlaces() {
        int[] next = new int[PARTITIONS];
        List<String> places = new ArrayList<>();
        for (InputRecord each : records) {
            int partition = each.partition() == null ? 0 : each.partition();
            places.add("{\"p\":" + partition + ",\"o\":" + next[partition]++ + "}");
        }
        return places;
    }

    /** What a consumer printed, by partition in its order. */
    static Map<Integer, List<String>> byPartition(List<String> lines) {
        return lines.stream()
                .collect(Collectors.groupingBy(
                        line -> Integer.parseInt(line.substring(5, line.indexOf(','))),
                        TreeMap::new,
                        Collectors.toList()));
    }
}
