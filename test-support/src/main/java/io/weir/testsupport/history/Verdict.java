package io.weir.testsupport.history;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a check has found.
 *
 * @param acknowledged how many writes were acknowledged
 * @param confirmed how many of these a scan has found: of the others, nothing is known
 */
public record Verdict(List<Anomaly> anomalies, long acknowledged, long confirmed) {
    private static final int MOST_SHOWN = 10;
    private static final int MOST_OF_A_LINE = 300;

    /** Copies the anomalies. */
    public Verdict {
        anomalies = List.copyOf(anomalies);
    }

    /** How many there are of each kind, and the first ones with the operations that show them. */
    @Override
    public String toString() {
        Map<String, Integer> kinds = new TreeMap<>();
        anomalies.forEach(each -> kinds.merge(each.getClass().getSimpleName(), 1, Integer::sum));
        StringBuilder text = new StringBuilder()
                .append(anomalies.isEmpty() ? "No anomalies" : kinds)
                .append("; ")
                .append(confirmed)
                .append(" of ")
                .append(acknowledged)
                .append(" acknowledged writes confirmed");
        anomalies.stream().limit(MOST_SHOWN).forEach(each -> {
            text.append('\n')
                    .append(each.getClass().getSimpleName())
                    .append(": ")
                    .append(each.message());
            each.shownBy().forEach(operation -> text.append("\n    ").append(line(operation)));
        });
        return text.toString();
    }

    private static String line(Operation operation) {
        String line = HistoryText.line(operation);
        return line.length() <= MOST_OF_A_LINE ? line : line.substring(0, MOST_OF_A_LINE) + "…";
    }
}
