package io.weir.testsupport.history;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What clients did and saw. The operations of one consumer are in the order in which they ended; those of different
 * clients may stand in any.
 *
 * <p>Threading: immutable.
 *
 * @param allowances the names of those to which each is granted
 */
public record History(Map<Allowance, Set<String>> allowances, List<Operation> operations) {
    /** Copies both. */
    public History {
        allowances = Map.copyOf(allowances);
        operations = List.copyOf(operations);
    }

    boolean allows(Allowance allowance, String name) {
        return allowances.getOrDefault(allowance, Set.of()).contains(name);
    }

    /**
     * Reads a file of {@link #write} or of a {@link Recorder} that was closed.
     *
     * @throws IllegalArgumentException if the file is of another version, malformed (says in which line), or was cut
     *     off: half a history would accuse the innocent
     */
    public static History read(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            return new HistoryReader(lines.iterator()).read();
        }
    }

    /** Writes a file of one line an operation. */
    public void write(Path file) throws IOException {
        try (BufferedWriter lines = Files.newBufferedWriter(file)) {
            HistoryText.write(this, lines);
        }
    }
}
