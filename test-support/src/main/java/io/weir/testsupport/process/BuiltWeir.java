package io.weir.testsupport.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The command {@code weir} as the build left it in {@code launcher/target}, without the script around it.
 *
 * @param root the repository's
 */
public record BuiltWeir(Path root) {
    /** Of the repository that these tests belong to. */
    public static BuiltWeir here() {
        return new BuiltWeir(
                Path.of(System.getProperty("weir.root", "..")).toAbsolutePath().normalize());
    }

    /** The launcher's build output. */
    public Path target() {
        return root.resolve("launcher").resolve("target");
    }

    /** The JVM that runs the tests. */
    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** The command without arguments, in half a gibibyte of heap unless the options say otherwise. */
    public Command command(String... jvmOptions) {
        return program("io.weir.launcher.Main", List.of(), jvmOptions);
    }

    /** Another main class with the server's class path, and more in front of it. */
    public Command program(String mainClass, List<Path> classes, String... jvmOptions) {
        List<String> words = new ArrayList<>(List.of(
                java(),
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        words.addAll(List.of(jvmOptions));
        StringBuilder path = new StringBuilder();
        classes.forEach(directory -> path.append(directory).append(':'));
        path.append(target().resolve("classes")).append(':').append(dependencies());
        words.addAll(List.of("-cp", path.toString(), mainClass));
        return Command.of(words);
    }

    private String dependencies() {
        try {
            return Files.readString(target().resolve("runtime.classpath")).strip();
        } catch (IOException failed) {
            throw new UncheckedIOException("The build writes it before it runs tests", failed);
        }
    }
}
