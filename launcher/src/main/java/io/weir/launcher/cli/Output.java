package io.weir.launcher.cli;

import io.weir.launcher.json.JsonText;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints a command's answer: as columns for people, or one JSON object a line for programs. */
final class Output {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "text|json",
            defaultValue = "text",
            description = "Columns, or one JSON object a line. Default: ${DEFAULT-VALUE}")
    @SuppressWarnings("NullAway.Init")
    private OutputFormat format;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    /**
     * Prints rows that have the same keys in the same order.
     *
     * @param columns the keys
     */
    void rows(List<String> columns, List<Map<String, Object>> rows) {
        PrintWriter out = command.commandLine().getOut();
        if (format == OutputFormat.JSON) {
            rows.forEach(row -> out.println(JsonText.of(row)));
        } else {
            columns(columns, rows).forEach(out::println);
        }
        out.flush();
    }

    /** Prints lines as they are. */
    void lines(List<String> lines) {
        PrintWriter out = command.commandLine().getOut();
        lines.forEach(out::println);
        out.flush();
    }

    /** Says something to whoever typed the command. */
    void say(String message) {
        PrintWriter err = command.commandLine().getErr();
        err.println(message);
        err.flush();
    }

    boolean isJson() {
        return format == OutputFormat.JSON;
    }

    private static List<String> columns(List<String> columns, List<Map<String, Object>> rows) {
        List<List<String>> cells = new ArrayList<>();
        cells.add(columns.stream()
                .map(name -> name.toUpperCase(java.util.Locale.ROOT))
                .toList());
        for (Map<String, Object> row : rows) {
            cells.add(columns.stream()
                    .map(name -> String.valueOf(row.getOrDefault(name, "")))
                    .toList());
        }
        int[] widths = new int[columns.size()];
        for (List<String> line : cells) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        List<String> lines = new ArrayList<>();
        for (List<String> line : cells) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                text.append(line.get(i))
                        .append(" ".repeat(widths[i] - line.get(i).length() + 2));
            }
            lines.add(text.toString().stripTrailing());
        }
        return lines;
    }
}
