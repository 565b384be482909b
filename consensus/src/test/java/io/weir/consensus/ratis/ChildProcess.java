package io.weir.consensus.ratis;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A {@link CrashChild} in a process of its own. */
final class ChildProcess {
    private final Process process;
    private final BufferedReader out;
    private long acknowledged = -1;

    private ChildProcess(Process process) {
        this.process = process;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Starts it, behind the given command line (a tracer, say) if there is one. */
    static ChildProcess start(List<String> behind, Path directory, long seed, long entries, int segmentBytes)
            throws IOException {
        List<String> command = new ArrayList<>(behind);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                CrashChild.class.getName(),
                directory.toString(),
                Long.toString(seed),
                Long.toString(entries),
                Integer.toString(segmentBytes)));
        return new ChildProcess(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Reads what it says until it has acknowledged a number of entries, or has ended. */
    void awaitAcknowledged(int count) throws IOException {
        int seen = 0;
        while (seen < count && readLine()) {
            seen++;
        }
    }

    /** SIGKILL, then whatever it had said before. */
    void kill() throws IOException, InterruptedException {
        // By its handle: the process's own method also closes the stream with what it said.
        process.toHandle().destroyForcibly();
        drain();
        process.waitFor();
    }

    void awaitEnd() throws IOException, InterruptedException {
        drain();
        process.waitFor();
    }

    /** The highest number such that it and all before it were acknowledged. */
    long acknowledged() {
        return acknowledged;
    }

    private void drain() throws IOException {
        boolean more = true;
        while (more) {
            more = readLine();
        }
    }

    private boolean readLine() throws IOException {
        String line = out.readLine();
        if (line == null) {
            return false;
        }
        if (line.startsWith("ack ")) {
            acknowledged = Math.max(acknowledged, Long.parseLong(line.substring(4)));
        }
        return true;
    }
}
