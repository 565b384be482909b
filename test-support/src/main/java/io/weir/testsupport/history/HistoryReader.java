package io.weir.testsupport.history;

import io.weir.testsupport.history.Operation.Assigned;
import io.weir.testsupport.history.Operation.Commit;
import io.weir.testsupport.history.Operation.Fetch;
import io.weir.testsupport.history.Operation.Poll;
import io.weir.testsupport.history.Operation.Revoked;
import io.weir.testsupport.history.Operation.Scan;
import io.weir.testsupport.history.Operation.Seek;
import io.weir.testsupport.history.Operation.Send;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Reads the text that {@link HistoryText} writes; equal names become one object, for there are millions of them. */
final class HistoryReader {
    /** Kind, two times, outcome and client. */
    private static final int HEAD = 5;

    private final Iterator<String> lines;
    private final Map<Allowance, Set<String>> allowances = new EnumMap<>(Allowance.class);
    private final List<Operation> operations = new ArrayList<>();
    private final Map<String, String> names = new HashMap<>();
    private final Map<String, Partition> partitions = new HashMap<>();

    HistoryReader(Iterator<String> lines) {
        this.lines = lines;
    }

    /** The history up to its last line, which must be there. */
    History read() {
        require(
                lines.hasNext() && lines.next().equals(HistoryText.VERSION),
                "Not a history that begins with '" + HistoryText.VERSION + "'");
        for (long number = 2; lines.hasNext(); number++) {
            String[] words = lines.next().split(" ", -1);
            try {
                if (words[0].equals(HistoryText.END)) {
                    end(words);
                    return new History(allowances, operations);
                }
                add(words);
            } catch (IllegalArgumentException | IndexOutOfBoundsException malformed) {
                throw new IllegalArgumentException("Line " + number + ": " + malformed.getMessage(), malformed);
            }
        }
        throw new IllegalArgumentException("The history is cut off behind " + operations.size() + " operations");
    }

    private void end(String[] words) {
        length(words, 2);
        require(
                Long.parseLong(words[1]) == operations.size(),
                "The history has " + operations.size() + " operations, and says " + words[1]);
        require(!lines.hasNext(), "There is more behind the end");
    }

    private void add(String[] words) {
        if (words[0].equals(HistoryText.ALLOW)) {
            length(words, 3);
            allowances
                    .computeIfAbsent(constant(Allowance.class, words[1]), none -> new TreeSet<>())
                    .add(Names.require(words[2]));
        } else {
            operations.add(operation(words));
        }
    }

    private Operation operation(String[] words) {
        Span span = new Span(Long.parseLong(words[1]), Long.parseLong(words[2]), constant(Outcome.class, words[3]));
        String client = name(words[4]);
        return switch (words[0]) {
            case "send" -> {
                length(words, 9);
                yield new Send(span, client, number(words, 5), partition(words[6]), number(words, 7), number(words, 8));
            }
            case "poll" ->
                new Poll(span, client, rest(words, HEAD).stream().map(this::run).toList());
            case "seek" -> {
                length(words, 7);
                yield new Seek(span, client, partition(words[5]), number(words, 6));
            }
            case "assigned" -> new Assigned(span, client, name(words[5]), partitions(words, HEAD + 1));
            case "revoked" -> new Revoked(span, client, partitions(words, HEAD));
            case "commit" -> new Commit(span, client, name(words[5]), offsets(words));
            case "fetch" -> new Fetch(span, client, name(words[5]), offsets(words));
            case "scan" -> {
                length(words, 8);
                yield new Scan(span, client, partition(words[5]), number(words, 6), number(words, 7));
            }
            default -> throw new IllegalArgumentException("Not an operation: " + words[0]);
        };
    }

    private Run run(String text) {
        int equals = text.indexOf('=');
        int colon = text.indexOf(':', equals);
        require(equals > 0 && colon > 0, "Not a run of records: " + text);
        return new Run(
                partition(text.substring(0, equals)),
                Long.parseLong(text.substring(equals + 1, colon)),
                Arrays.stream(text.substring(colon + 1).split(",", -1))
                        .mapToLong(Long::parseLong)
                        .toArray());
    }

    private Map<Partition, Long> offsets(String[] words) {
        Map<Partition, Long> offsets = new HashMap<>();
        for (String text : rest(words, HEAD + 1)) {
            int equals = text.indexOf('=');
            require(equals > 0, "Not a partition and an offset: " + text);
            Long before = offsets.put(partition(text.substring(0, equals)), Long.valueOf(text.substring(equals + 1)));
            require(before == null, "A partition stands there twice: " + text);
        }
        return offsets;
    }

    private List<Partition> partitions(String[] words, int from) {
        return rest(words, from).stream().map(this::partition).toList();
    }

    private Partition partition(String text) {
        return partitions.computeIfAbsent(text, Partition::parse);
    }

    private String name(String text) {
        return names.computeIfAbsent(text, Names::require);
    }

    private static List<String> rest(String[] words, int from) {
        return Arrays.asList(words).subList(from, words.length);
    }

    private static long number(String[] words, int at) {
        return Long.parseLong(words[at]);
    }

    private static <E extends Enum<E>> E constant(Class<E> type, String text) {
        return Enum.valueOf(type, text.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    private static void length(String[] words, int wanted) {
        require(words.length == wanted, "There are " + words.length + " words in place of " + wanted);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
