package io.weir.testsupport.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The real server as a child process that a test may kill and start again: same ports, same data, one log file.
 *
 * <p>Threading: lives are begun and ended by one thread; the rest may be asked from any. Closing kills the process.
 */
public final class ServerProcess implements AutoCloseable {
    private static final Duration READY_LIMIT = Duration.ofMinutes(2);

    private final Command command;
    private final Path dataDirectory;
    private final Path log;
    private final String host;
    private final int kafkaPort;
    private final int adminPort;
    private @Nullable Process process;

    /** Prepares a server on loopback without starting it. */
    public ServerProcess(Command weir, Path dataDirectory, Path log, List<String> options) {
        this(weir, "127.0.0.1", dataDirectory, log, options);
    }

    /**
     * Prepares a server without starting it.
     *
     * @param weir the command, to which {@code serve} and its options are added
     * @param host the address that it listens on
     * @param dataDirectory where it keeps everything
     * @param log collects its output over all its lives
     */
    public ServerProcess(Command weir, String host, Path dataDirectory, Path log, List<String> options) {
        this.host = host;
        this.dataDirectory = dataDirectory;
        this.log = log;
        this.kafkaPort = FreePorts.next();
        this.adminPort = FreePorts.next();
        List<String> serve = new ArrayList<>(List.of(
                "serve",
                "--data-dir",
                dataDirectory.toString(),
                "--kafka-listen",
                host + ":" + kafkaPort,
                "--admin-listen",
                host + ":" + adminPort,
                "--s3-listen",
                "127.0.0.1:0"));
        serve.addAll(options);
        this.command = weir.with(serve.toArray(String[]::new));
    }

    /** Starts it and returns once it has said that it is ready. */
    public ServerProcess start() {
        return start(READY_LIMIT);
    }

    public ServerProcess start(Duration limit) {
        if (process != null && process.isAlive()) {
            throw new IllegalStateException("Process " + process.pid() + " is still alive");
        }
        CompletableFuture<String> ready = new CompletableFuture<>();
        try {
            Files.createDirectories(log.toAbsolutePath().getParent());
            note("--- "
                    + String.join(
                            " ",
                            command.words()
                                    .subList(
                                            command.words().indexOf("serve"),
                                            command.words().size())));
            ProcessBuilder builder = new ProcessBuilder(command.words());
            builder.environment().putAll(command.environment());
            Process started = builder.redirectErrorStream(true).start();
            process = started;
            ProcessTable.add(started);
            Thread.ofVirtual().name("log-" + started.pid()).start(() -> copyLog(started, ready));
            ready.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return this;
        } catch (IOException failed) {
            throw new UncheckedIOException("Cannot start " + command.words(), failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", interrupted);
        } catch (ExecutionException | TimeoutException notReady) {
            kill();
            throw new AssertionError("Not ready within " + limit.toSeconds() + " s:\n" + logTail(), notReady);
        }
    }

    private void copyLog(Process started, CompletableFuture<String> ready) {
        try (BufferedReader lines = started.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                note(line);
                if (line.startsWith("ready ")) {
                    ready.complete(line);
                }
            }
        } catch (IOException closed) {
            // The process has ended.
        }
        ready.completeExceptionally(new IllegalStateException("It ended before it was ready"));
    }

    private synchronized void note(String line) throws IOException {
        Files.writeString(
                log, line + "\n", StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private Process process() {
        if (process == null) {
            throw new IllegalStateException("Never started");
        }
        return process;
    }

    /** {@code HOST:PORT} for Kafka clients. */
    public String bootstrap() {
        return host + ":" + kafkaPort;
    }

    public int kafkaPort() {
        return kafkaPort;
    }

    public URI admin() {
        return URI.create("http://" + host + ":" + adminPort);
    }

    public Path dataDirectory() {
        return dataDirectory;
    }

    public long pid() {
        return process().pid();
    }

    public boolean isAlive() {
        return process().isAlive();
    }

    /** SIGKILL; returns when the process is gone. */
    public void kill() {
        if (process != null) {
            ProcessTable.kill(process);
            exitCode(Duration.ofMinutes(1));
        }
    }

    /** SIGSTOP: it lives, keeps its connections, and does nothing until {@link #resume}. */
    public void stop() {
        signal("STOP");
    }

    /** SIGCONT. */
    public void resume() {
        signal("CONT");
    }

    private void signal(String name) {
        Command.of("kill", "-" + name, Long.toString(pid())).run().succeeded();
    }

    /** SIGTERM; returns the exit code. */
    public int terminate(Duration limit) {
        process().destroy();
        return exitCode(limit);
    }

    private int exitCode(Duration limit) {
        try {
            if (!process().waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("Still running after " + limit.toSeconds() + " s:\n" + logTail());
            }
            return process().exitValue();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", interrupted);
        }
    }

    /** Memory that is resident now, from the kernel. */
    public long residentBytes() throws IOException {
        try (Stream<String> status = Files.lines(Path.of("/proc", Long.toString(pid()), "status"))) {
            String line =
                    status.filter(each -> each.startsWith("VmRSS:")).findFirst().orElseThrow();
            return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
        }
    }

    /** How many file descriptors it holds now. */
    public long fileDescriptors() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc", Long.toString(pid()), "fd"))) {
            return descriptors.count();
        }
    }

    /** The last lines of its log. */
    public String logTail() {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
        } catch (IOException failed) {
            return "no log: " + failed;
        }
    }

    public Path log() {
        return log;
    }

    @Override
    public void close() {
        kill();
    }
}
