package io.weir.launcher.local;

import io.weir.launcher.config.Role;
import io.weir.launcher.config.RoleSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One node of a {@link LocalCluster}: its directory, and the process that uses it.
 *
 * <p>Threading: one thread at a time.
 */
public final class LocalNode {
    private static final String PROCESS_FILE = "process";

    private final int number;
    private final RoleSet roles;
    private final LocalPorts ports;
    private final Path directory;

    LocalNode(int number, RoleSet roles, LocalPorts ports, Path directory) {
        this.number = number;
        this.roles = roles;
        this.ports = ports;
        this.directory = directory;
    }

    /** From 1. */
    public int number() {
        return number;
    }

    /** What it does. */
    public RoleSet roles() {
        return roles;
    }

    /** What it keeps for the others, if that is anything. */
    Optional<RoleSet> keeps() {
        RoleSet kept = roles.kept();
        return kept.roles().isEmpty() ? Optional.empty() : Optional.of(kept);
    }

    /** Where Kafka clients connect, if they do. */
    public Optional<String> kafka() {
        return roles.has(Role.GATEWAY) ? Optional.of(listening(ports.kafka(number))) : Optional.empty();
    }

    private static String listening(int port) {
        return LocalPorts.HOST + ":" + port;
    }

    /** Where health, metrics, catalog and registry are. */
    public String admin() {
        return "http://" + LocalPorts.HOST + ":" + ports.admin(number);
    }

    /** What the process writes. */
    public Path log() {
        return directory.resolve("log");
    }

    Path data() {
        return directory.resolve("data");
    }

    List<String> listening() {
        return List.of(
                "--kafka-listen", listening(ports.kafka(number)),
                "--admin-listen", listening(ports.admin(number)),
                "--s3-listen", listening(ports.s3(number)));
    }

    /** The process, if it lives. */
    public Optional<ProcessHandle> process() {
        try {
            Path file = directory.resolve(PROCESS_FILE);
            if (!Files.exists(file)) {
                return Optional.empty();
            }
            String[] written = Files.readString(file).strip().split(" ", 2);
            // A number is used again: it is the same process only if it was started then.
            return ProcessHandle.of(Long.parseLong(written[0]))
                    .filter(ProcessHandle::isAlive)
                    .filter(process -> startOf(process).equals(written[1]));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read what process node " + number + " is", e);
        }
    }

    private static String startOf(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toString).orElse("unknown");
    }

    Process start(List<String> command) throws IOException {
        Files.createDirectories(directory);
        Process process = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(log().toFile())
                .start();
        Files.writeString(directory.resolve(PROCESS_FILE), process.pid() + " " + startOf(process.toHandle()) + "\n");
        return process;
    }

    /** Whether it has said that it serves. */
    boolean isReady() throws IOException {
        try (var lines = Files.lines(log())) {
            return lines.anyMatch(line -> line.startsWith("ready "));
        }
    }
}
