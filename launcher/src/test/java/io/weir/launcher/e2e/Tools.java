package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Programs that a test needs and a machine may lack: without one the test is skipped and says why; in CI it fails. */
final class Tools {
    private static final Path CLIENTS = Weir.target().resolve("clients");

    private Tools() {}

    /** A file or directory below {@code target/clients}, which {@code src/test/clients/install} fills. */
    static Path installed(String path) {
        Path wanted = CLIENTS.resolve(path);
        require(Files.exists(wanted), path + " is not installed: run launcher/src/test/clients/install");
        return wanted;
    }

    /** A program on the PATH. */
    static String onPath(String name) {
        boolean there = Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
        require(there, name + " is not installed: run launcher/src/test/clients/install as root, or install it");
        return name;
    }

    /** Skips the test, visibly, or fails it in CI, unless the condition holds. */
    static void require(boolean condition, String reason) {
        if (condition) {
            return;
        }
        if ("true".equals(System.getenv("CI"))) {
            fail(reason);
        }
        skip(reason);
    }

    /** Skips the test, visibly, for what no installation can provide. */
    static void skip(String reason) {
        System.out.println("SKIPPED: " + reason);
        abort(reason);
    }
}
