package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.launcher.e2e.client.InputRecord;
import io.weir.testsupport.file.Trees;
import io.weir.testsupport.process.ServerProcess;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * 200,000 real flights, keyed, written in one language and read in two others, after all but log and objects is gone.
 */
@Tag("e2e")
class FlightsTest {
    private static final int FLIGHTS = 200_000;
    private static final Pattern FLIGHT = Pattern.compile("\\{[^{}]*}");
    private static final Pattern DISTANCE = Pattern.compile("\"distance\":(\\d+)");
    private static final Pattern PLACE = Pattern.compile("\\{\"p\":(\\d+),\"o\":(\\d+)}");

    @TempDir
    Path directory;

    @Test
    void flightsAreEqualRecordForRecordWhenOnlyLogAndObjectsSurvive() throws Exception {
        // Given
        List<InputRecord> flights = flights(Tools.installed("node/node_modules/vega-datasets/data/flights-200k.json"));
        Path input = directory.resolve("flights");
        try (BufferedWriter writer = Files.newBufferedWriter(input)) {
            for (InputRecord flight : flights) {
                writer.write(flight.line() + "\n");
            }
        }
        Path data = directory.resolve("data");
        try (ServerProcess server = Weir.server("flights", data, "--flush-bytes", "1MiB", "--flush-interval", "1s")
                        .start();
                Topics topics = new Topics(server.bootstrap())) {
            topics.create("flights", 6);

            // When
            List<String> places = Client.PYTHON.produce(server.bootstrap(), "flights", input);
            assertThat(server.terminate(Duration.ofSeconds(30))).isIn(0, 143);
            keepOnlyLogAndObjects(data);
            server.start();

            // Then
            List<String> expected = expected(flights, places);
            for (Client reader : List.of(Client.NODE, Client.JAVA)) {
                List<String> read = reader.consume(server.bootstrap(), "flights", FLIGHTS);
                assertThat(Corpus.byPartition(read).equals(Corpus.byPartition(expected)))
                        .as(
                                "%s reads every flight, in order per partition; it read %d, %d of them distinct",
                                reader, read.size(), Set.copyOf(read).size())
                        .isTrue();
            }
        }
    }

    private static List<InputRecord> flights(Path file) throws IOException {
        List<InputRecord> flights = new ArrayList<>();
        Matcher flight = FLIGHT.matcher(Files.readString(file));
        while (flight.find()) {
            Matcher distance = DISTANCE.matcher(flight.group());
            assertThat(distance.find()).isTrue();
            flights.add(new InputRecord(
                    "lz4",
                    null,
                    distance.group(1).getBytes(StandardCharsets.UTF_8),
                    flight.group().getBytes(StandardCharsets.UTF_8),
                    List.of()));
        }
        assertThat(flights).hasSize(FLIGHTS);
        return flights;
    }

    /** The lines a reader must print, given where the producer was told its records went. */
    private static List<String> expected(List<InputRecord> flights, List<String> places) {
        assertThat(places).hasSameSizeAs(flights).doesNotHaveDuplicates();
        TreeMap<Integer, TreeMap<Long, InputRecord>> byPlace = new TreeMap<>();
        for (int i = 0; i < places.size(); i++) {
            Matcher place = PLACE.matcher(places.get(i));
            assertThat(place.matches()).isTrue();
            byPlace.computeIfAbsent(Integer.parseInt(place.group(1)), none -> new TreeMap<>())
                    .put(Long.parseLong(place.group(2)), flights.get(i));
        }
        List<String> lines = new ArrayList<>();
        byPlace.forEach((partition, records) ->
                records.forEach((offset, record) -> lines.add(record.output(partition, offset))));
        return lines;
    }

    /** Deletes whatever is neither a Raft directory nor the object store nor the mark of the format. */
    private static void keepOnlyLogAndObjects(Path data) throws IOException {
        try (Stream<Path> entries = Files.list(data)) {
            for (Path entry : entries.toList()) {
                if (!Weir.DURABLE.contains(entry.getFileName().toString())) {
                    Trees.delete(entry);
                }
            }
        }
    }
}
