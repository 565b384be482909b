package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.launcher.e2e.client.InputRecord;
import io.weir.launcher.e2e.client.OutputRecord;
import io.weir.testsupport.process.Command;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What any client wrote, with any codec and of any size, every other client reads back equal. */
@Tag("e2e")
class ClientMatrixTest {
    private static final long SEED = 20_261_121;

    @TempDir
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static Broker broker;

    @SuppressWarnings("NullAway.Init")
    private static Topics topics;

    @BeforeAll
    static void start() {
        broker = Broker.start("client-matrix", directory.resolve("data"));
        topics = new Topics(broker.bootstrap());
    }

    @AfterAll
    static void stop() {
        topics.close();
        broker.close();
    }

    private static String topic(String name) throws Exception {
        return topics.create(name + "-" + UUID.randomUUID(), Corpus.PARTITIONS, Corpus.TOPIC_SETTINGS);
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void everyClientReadsWhatThisOneWrote(Client producer) throws Exception {
        // Given
        Corpus corpus = new Corpus(SEED, producer == Client.NODE);
        String topic = topic("written-by-" + producer);
        Path input = corpus.write(directory.resolve(producer + ".records"));

        // When
        List<String> places = producer.produce(broker.bootstrap(), topic, input);

        // Then
        assertThat(places).isEqualTo(corpus.expectedPlaces());
        for (Client reader : Client.values()) {
            List<String> read =
                    reader.consume(broker.bootstrap(), topic, corpus.records().size());
            assertThat(Corpus.byPartition(reader == Client.NODE ? sortHeaders(read) : read))
                    .as("%s reads what %s wrote", reader, producer)
                    .isEqualTo(reader == Client.NODE ? sortHeaders(corpus.expected()) : corpus.expected());
        }
        assertThat(Corpus.byPartition(kcatReads(topic))).isEqualTo(corpus.expected());
    }

    @Test
    void everyClientReadsWhatKcatWrote() throws Exception {
        // Given
        String topic = topic("written-by-kcat");
        List<String> expected = new ArrayList<>();
        byte[] key = "k1".getBytes(StandardCharsets.UTF_8);
        List<InputRecord.Header> headers = List.of(new InputRecord.Header("trace", key));

        // When
        for (String codec : Corpus.CODECS) {
            for (int size : new int[] {1, 1000, 10 << 20}) {
                byte[] value = new byte[size];
                java.util.Arrays.fill(value, (byte) ('a' + size % 26));
                Path file = Files.write(directory.resolve("kcat.value"), value);
                kcat("-P", "-t", topic, "-p", "1", "-k", "k1", "-H", "trace=k1", "-z", codec, file.toString())
                        .run()
                        .succeeded();
                expected.add(OutputRecord.line(1, expected.size(), key, value, headers));
            }
        }
        Path empty = Files.write(directory.resolve("kcat.empty"), new byte[0]);
        kcat(
                        "-P",
                        "-t",
                        topic,
                        "-p",
                        "1",
                        "-Z",
                        "-K",
                        "\\t",
                        "-l",
                        Files.writeString(empty, "\t\n").toString())
                .run()
                .succeeded();
        expected.add(OutputRecord.line(1, expected.size(), null, null, List.of()));

        // Then
        for (Client reader : Client.values()) {
            assertThat(reader.consume(broker.bootstrap(), topic, expected.size()))
                    .as("%s reads what kcat wrote", reader)
                    .isEqualTo(expected);
        }
        assertThat(kcatReads(topic)).isEqualTo(expected);
    }

    private static Command kcat(String... words) {
        return Command.of(Tools.onPath("kcat"), "-b", broker.bootstrap(), "-X", "message.max.bytes=16000000")
                .with("-X", "fetch.message.max.bytes=16000000", "-X", "receive.message.max.bytes=80000000", "-q")
                .with(words)
                .within(Duration.ofSeconds(60));
    }

    private static List<String> kcatReads(String topic) throws IOException {
        Command.Finished finished = kcat("-C", "-t", topic, "-o", "beginning", "-e", "-f", "%p %o %K %S %k%s%h\n")
                .run()
                .succeeded();
        List<String> lines = new ArrayList<>();
        try (InputStream in = finished.bytes()) {
            for (String partition = word(in, ' '); !partition.isEmpty(); partition = word(in, ' ')) {
                long offset = Long.parseLong(word(in, ' '));
                int keyLength = Integer.parseInt(word(in, ' '));
                int valueLength = Integer.parseInt(word(in, ' '));
                byte[] key = bytes(in, keyLength);
                byte[] value = bytes(in, valueLength);
                lines.add(OutputRecord.line(Integer.parseInt(partition), offset, key, value, headers(word(in, '\n'))));
            }
        }
        return lines;
    }

    private static List<InputRecord.Header> headers(String text) {
        List<InputRecord.Header> headers = new ArrayList<>();
        for (String header : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            String value = header.substring(header.indexOf('=') + 1);
            headers.add(new InputRecord.Header(
                    header.substring(0, header.indexOf('=')),
                    value.equals("NULL") ? null : value.getBytes(StandardCharsets.UTF_8)));
        }
        return headers;
    }

    private static String word(InputStream in, int end) throws IOException {
        ByteArrayOutputStream word = new ByteArrayOutputStream();
        for (int next = in.read(); next != end && next >= 0; next = in.read()) {
            word.write(next);
        }
        return word.toString(StandardCharsets.UTF_8);
    }

    private static byte @Nullable [] bytes(InputStream in, int length) throws IOException {
        if (length < 0) {
            return null;
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("kcat's output ends early");
        }
        return bytes;
    }

    /** kafkajs knows headers as a map of lists, in which the order among names is lost. */
    private static List<String> sortHeaders(List<String> lines) {
        return lines.stream().map(ClientMatrixTest::sortHeaders).toList();
    }

    private static Map<Integer, List<String>> sortHeaders(Map<Integer, List<String>> lines) {
        lines.replaceAll((partition, each) -> sortHeaders(each));
        return lines;
    }

    private static String sortHeaders(String line) {
        int start = line.indexOf("\"h\":[") + 5;
        String headers = line.substring(start, line.length() - 2);
        String[] each = headers.replace("],[", "]\n[").split("\n", -1);
        java.util.Arrays.sort(each);
        return line.substring(0, start) + String.join(",", each) + "]}";
    }
}
