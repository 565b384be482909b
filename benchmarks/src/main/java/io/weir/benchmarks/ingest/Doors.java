package io.weir.benchmarks.ingest;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the server says of itself, and the kernel of its process. */
final class Doors {
    private static final Pattern CURRENT = Pattern.compile("\"current-snapshot-id\"\\s*:\\s*([0-9]+)");

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI admin;
    private final long pid;

    Doors(URI admin, long pid) {
        this.admin = admin;
        this.pid = pid;
    }

    /**
     * The table's current snapshot.
     *
     * @param bytes of all its data files
     */
    record Table(long rows, long bytes) {
        static final Table NONE = new Table(0, 0);
    }

    Table table(String topic) throws IOException, InterruptedException {
        String path = "/iceberg/v1/namespaces/topics/tables/" + topic + "?snapshots=refs";
        HttpResponse<String> answer = get(path);
        Matcher current = CURRENT.matcher(answer.body());
        if (answer.statusCode() != 200 || !current.find()) {
            return Table.NONE;
        }
        Matcher summary = Pattern.compile(
                        "\"snapshot-id\"\\s*:\\s*" + current.group(1) + "\\b[^}]*\"summary\"\\s*:\\s*\\{([^}]*)}")
                .matcher(answer.body());
        return summary.find()
                ? new Table(number(summary.group(1), "total-records"), number(summary.group(1), "total-files-size"))
                : Table.NONE;
    }

    private static long number(String summary, String name) {
        Matcher found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"([0-9]+)\"").matcher(summary);
        return found.find() ? Long.parseLong(found.group(1)) : 0;
    }

    /** Heap in use now. */
    long heapBytes() throws IOException, InterruptedException {
        double bytes = 0;
        for (String line : get("/metrics").body().lines().toList()) {
            if (line.startsWith("jvm_memory_used_bytes{") && line.contains("area=\"heap\"")) {
                bytes += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
            }
        }
        return (long) bytes;
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(admin + path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** The most memory that was ever resident. */
    long residentPeakBytes() throws IOException {
        List<String> status = Files.readAllLines(Path.of("/proc/" + pid + "/status"));
        String line = status.stream()
                .filter(each -> each.startsWith("VmHWM:"))
                .findFirst()
                .orElseThrow();
        return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
    }

    /** Of all its threads until now, to a hundredth. */
    double cpuSeconds() throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
    }

    static String oneDecimal(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
