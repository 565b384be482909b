package io.weir.launcher.e2e;

import io.weir.testsupport.process.BuiltWeir;
import io.weir.testsupport.process.Command;
import io.weir.testsupport.process.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** The command {@code weir} as built, and servers started with it. */
final class Weir {
    private static final BuiltWeir BUILD = BuiltWeir.here();
    private static final Path TARGET = BUILD.target();

    /** What in the data directory must survive a restart; the rest is caches and locks. */
    static final Set<String> DURABLE = Set.of("raft", "objects", "tables");

    private Weir() {}

    /** The repository's root. */
    static Path root() {
        return BUILD.root();
    }

    /** Where this module's build output is. */
    static Path target() {
        return TARGET;
    }

    /** The JVM that runs the tests. */
    static String java() {
        return BuiltWeir.java();
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
        return BUILD.command(jvmOptions);
    }

    /** A server that has not been started; its log goes to {@code target/e2e/NAME.log}. */
    static ServerProcess server(String name, Path dataDirectory, String... options) {
        return server(command(), name, dataDirectory, options);
    }

    /** The same with a command that has options for the JVM, or an environment, of its own. */
    static ServerProcess server(Command command, String name, Path dataDirectory, String... options) {
        return server(command, "127.0.0.1", name, dataDirectory, options);
    }

    /** The same, listening on another address than loopback's. */
    static ServerProcess server(Command command, String host, String name, Path dataDirectory, String... options) {
        Path log = TARGET.resolve("e2e").resolve(name + ".log");
        try {
            Files.deleteIfExists(log);
        } catch (IOException failed) {
            throw new UncheckedIOException("Cannot replace " + log, failed);
        }
        return new ServerProcess(command, host, dataDirectory, log, List.of(options));
    }

    /** A server that snapshots, merges and deletes all the time; see {@code BusyServer}. */
    static Command busyCommand() {
        return BUILD.program("io.weir.launcher.serve.BusyServer", List.of(TARGET.resolve("test-classes")));
    }
}
