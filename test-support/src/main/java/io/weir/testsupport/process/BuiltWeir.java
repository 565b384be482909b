package io.weir.testsupport.process;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The command {@code weir} as the build left it in {@code launcher/target}, without the script around it: with the same
 * options for the JVM, and like it with a cache of the classes that a training run loaded (several hundred starts of a
 * server are a large part of what tests cost).
 *
 * @param root the repository's
 */
public record BuiltWeir(Path root) {
    private static final Duration TRAINING_AT_MOST = Duration.ofMinutes(5);
    private static final String CACHE = "weir.aot";

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

    /** Another main class with the server's class path, and more behind it. */
    public Command program(String mainClass, List<Path> classes, String... jvmOptions) {
        try {
            PackedClasses packed = PackedClasses.of(classPath(), target().resolve("e2e-classes"), this::train);
            List<Path> jars = new ArrayList<>(packed.jars());
            for (Path directory : classes) {
                jars.add(packed.more(directory));
            }
            List<String> words = java("-XX:AOTCache=" + packed.home().resolve(CACHE));
            // A cache that does not fit is no failure.
            words.addAll(List.of("-Xlog:aot*=off:stderr", "-Xlog:cds*=off:stderr"));
            words.addAll(List.of(jvmOptions));
            words.addAll(List.of("-cp", joined(jars), mainClass));
            return Command.of(words);
        } catch (IOException failed) {
            throw new UncheckedIOException("Cannot prepare the server's class path", failed);
        }
    }

    private List<String> java(String... options) {
        List<String> words = new ArrayList<>(
                List.of(java(), "@" + root.resolve("launcher").resolve("src/main/jvm/weir.args"), "-Xmx512m"));
        words.addAll(List.of(options));
        return words;
    }

    private void train(Path home, List<Path> jars) {
        // What the cache leaves out is told last, and at such length that it would hide why the run failed.
        List<String> words = java(
                "-XX:AOTCacheOutput=" + home.resolve(CACHE),
                "-Xlog:aot*=off:stderr",
                "-Xlog:cds*=off:stderr",
                "-cp",
                joined(jars));
        Command.of(words)
                .with("io.weir.launcher.Training", home.resolve("training").toString())
                .within(TRAINING_AT_MOST)
                .run()
                .succeeded();
    }

    private static String joined(List<Path> jars) {
        return jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    /** The build writes the dependencies before it runs tests. */
    private List<Path> classPath() throws IOException {
        List<Path> all = new ArrayList<>(List.of(target().resolve("classes")));
        String dependencies =
                Files.readString(target().resolve("runtime.classpath")).strip();
        Arrays.stream(dependencies.split(File.pathSeparator, -1)).map(Path::of).forEach(all::add);
        return all;
    }
}
