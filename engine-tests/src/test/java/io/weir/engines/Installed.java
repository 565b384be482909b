package io.weir.engines;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a test needs and a machine may lack: without it the test is skipped and says why; in CI it fails. */
final class Installed {
    private static final Path ROOT =
            Path.of(System.getProperty("weir.root", "..")).toAbsolutePath().normalize();
    private static final Path ENGINES = ROOT.resolve("engine-tests/target/engines");

    private Installed() {}

    /** The repository's root. */
    static Path root() {
        return ROOT;
    }

    /** A file or directory that {@code src/test/engines/install} makes. */
    static Path engine(String path) {
        Path wanted = ENGINES.resolve(path);
        require(Files.exists(wanted), path + " is not installed: run engine-tests/src/test/engines/install");
        return wanted;
    }

    /** The program {@code java} of a JDK 17, which is the one that Spark is made for. */
    static Path javaForSpark() {
        List<Path> homes = new ArrayList<>();
        String chosen = System.getenv("WEIR_SPARK_JAVA_HOME");
        if (chosen != null) {
            homes.add(Path.of(chosen));
        }
        for (Path parent : List.of(
                Path.of("/usr/lib/jvm"),
                Path.of(System.getProperty("user.home"), ".sdkman/candidates/java"),
                Path.of("/opt"),
                Path.of("/opt/java"))) {
            homes.addAll(children(parent));
        }
        for (Path home : homes) {
            if (isJdk17(home)) {
                return home.resolve("bin/java");
            }
        }
        require(false, "no JDK 17 for Spark: install one, or set WEIR_SPARK_JAVA_HOME");
        throw new IllegalStateException("Required and not there");
    }

    private static List<Path> children(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(children::add);
        } catch (IOException failed) {
            throw new UncheckedIOException("Cannot list " + directory, failed);
        }
        return children;
    }

    private static boolean isJdk17(Path home) {
        Path release = home.resolve("release");
        if (!Files.isExecutable(home.resolve("bin/javac")) || !Files.isReadable(release)) {
            return false;
        }
        try {
            return Files.readString(release).contains("JAVA_VERSION=\"17");
        } catch (IOException failed) {
            throw new UncheckedIOException("Cannot read " + release, failed);
        }
    }

    /** Skips the test, visibly, or fails it in CI, unless the condition holds. */
    static void require(boolean condition, String reason) {
        if (condition) {
            return;
        }
        if ("true".equals(System.getenv("CI"))) {
            fail(reason);
        }
        System.out.println("SKIPPED: " + reason);
        abort(reason);
    }
}
