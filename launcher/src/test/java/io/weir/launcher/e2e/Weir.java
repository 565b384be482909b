package io.weir.launcher.e2e;

import io.weir.testsupport.process.Command;
import io.weir.testsupport.process.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The command {@code weir} as built, and servers started with it. */
final class Weir {
    private static final Path ROOT =
            Path.of(System.getProperty("weir.root", "..")).toAbsolutePath().normalize();
    private static final Path TARGET = ROOT.resolve("launcher").resolve("target");

    /** What in the data directory must survive a restart; the rest is caches and locks. */
    static final Set<String> DURABLE = Set.of("raft", "objects", "tables");

    private Weir() {}

    /** The repository's root. */
    static Path root() {
        return ROOT;
    }

    /** Where this module's build output is. */
    static Path target() {
        return TARGET;
    }

    /** The JVM that runs the tests. */
    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /**
     * The command without arguments; with {@code -Dweir.e2e.command=PROGRAM} another one that takes the same, which may
     * be some other broker, to prove the tests.
     */
    static Command command(String... jvmOptions) {
        String other = System.getProperty("weir.e2e.command", "");
        if (!other.isEmpty()) {
            return Command.of(other);
        }
        List<String> words = new ArrayList<>(List.of(
                java(),
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        words.addAll(List.of(jvmOptions));
        words.addAll(List.of("-cp", TARGET.resolve("classes") + ":" + dependencies(), "io.weir.launcher.Main"));
        return Command.of(words);
    }

    /** A server that has not been started; its log goes to {@code target/e2e/NAME.log}. */
    static ServerProcess server(String name, Path dataDirectory, String... options) {
        return server(command(), name, dataDirectory, options);
    }

    /** The same with a command that has options for the JVM, or an environment, of its own. */
    static ServerProcess server(Command command, String name, Path dataDirectory, String... options) {
        Path log = TARGET.resolve("e2e").resolve(name + ".log");
        try {
            Files.deleteIfExists(log);
        } catch (IOException failed) {
            throw new UncheckedIOException("Cannot replace " + log, failed);
        }
        return new ServerProcess(command, dataDirectory, log, List.of(options));
    }

    /** A server that snapshots, merges and deletes all the time; see {@code BusyServer}. */
    static Command busyCommand() {
        return Command.of(List.of(
                java(),
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                TARGET.resolve("test-classes") + ":" + TARGET.resolve("classes") + ":" + dependencies(),
                "io.weir.launcher.serve.BusyServer"));
    }

    private static String dependencies() {
        try {
            return Files.readString(TARGET.resolve("runtime.classpath")).strip();
        } catch (IOException failed) {
            throw new UncheckedIOException("The build writes it before it runs tests", failed);
        }
    }
}
