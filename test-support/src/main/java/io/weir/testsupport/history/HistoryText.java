package io.weir.testsupport.history;

import io.weir.testsupport.history.Operation.Assigned;
import io.weir.testsupport.history.Operation.Commit;
import io.weir.testsupport.history.Operation.Fetch;
import io.weir.testsupport.history.Operation.Poll;
import io.weir.testsupport.history.Operation.Revoked;
import io.weir.testsupport.history.Operation.Scan;
import io.weir.testsupport.history.Operation.Seek;
import io.weir.testsupport.history.Operation.Send;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The text of a history: a line that names the version, {@code allow} lines, a line an operation, and a last line that
 * counts them.
 *
 * <pre>
 * weir-history 1
 * allow markers payments
 * send 120 950 ok p1 7 payments/0 4711 42
 * poll 1000 1300 ok c1 payments/0=42:4711,4712
 * end 2
 * </pre>
 *
 * <p>Words stand between single blanks: kind, the two times in nanoseconds, the outcome, the client, and what the
 * operation has besides, in the order of its record.
 */
final class HistoryText {
    static final String VERSION = "weir-history 1";
    static final String ALLOW = "allow";
    static final String END = "end";

    private HistoryText() {}

    static void write(History history, Appendable lines) throws IOException {
        lines.append(VERSION).append('\n');
        for (Map.Entry<Allowance, Set<String>> each : history.allowances().entrySet()) {
            for (String name : each.getValue()) {
                lines.append(allowance(each.getKey(), name)).append('\n');
            }
        }
        for (Operation operation : history.operations()) {
            lines.append(line(operation)).append('\n');
        }
        lines.append(end(history.operations().size())).append('\n');
    }

    static String end(long operations) {
        return END + " " + operations;
    }

    static String allowance(Allowance allowance, String name) {
        return ALLOW + " " + lower(allowance) + " " + Names.require(name);
    }

    static String line(Operation operation) {
        return switch (operation) {
            case Send send ->
                head("send", send, send.producer()) + " " + send.sequence() + " " + send.partition() + " "
                        + send.value() + " " + send.offset();
            case Poll poll ->
                head("poll", poll, poll.consumer())
                        + poll.runs().stream().map(each -> " " + run(each)).collect(Collectors.joining());
            case Seek seek -> head("seek", seek, seek.consumer()) + " " + seek.partition() + " " + seek.offset();
            case Assigned assigned ->
                head("assigned", assigned, assigned.consumer()) + " " + assigned.group()
                        + partitions(assigned.partitions());
            case Revoked revoked -> head("revoked", revoked, revoked.consumer()) + partitions(revoked.partitions());
            case Commit commit ->
                head("commit", commit, commit.client()) + " " + commit.group() + offsets(commit.offsets());
            case Fetch fetch -> head("fetch", fetch, fetch.client()) + " " + fetch.group() + offsets(fetch.offsets());
            case Scan scan ->
                head("scan", scan, scan.consumer()) + " " + scan.partition() + " " + scan.start() + " " + scan.end();
        };
    }

    static String run(Run run) {
        StringBuilder text =
                new StringBuilder().append(run.partition()).append('=').append(run.offset());
        for (int i = 0; i < run.size(); i++) {
            text.append(i == 0 ? ':' : ',').append(run.value(i));
        }
        return text.toString();
    }

    private static String head(String kind, Operation operation, String client) {
        Span span = operation.span();
        return kind + " " + span.invokedNanos() + " " + span.completedNanos() + " " + lower(span.outcome()) + " "
                + client;
    }

    private static String partitions(List<Partition> partitions) {
        return partitions.stream().map(each -> " " + each).collect(Collectors.joining());
    }

    private static String offsets(Map<Partition, Long> offsets) {
        return offsets.entrySet().stream()
                .map(each -> " " + each.getKey() + "=" + each.getValue())
                .sorted()
                .collect(Collectors.joining());
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
