package io.weir.engines;

import io.weir.testsupport.process.Command;
import io.weir.testsupport.process.Conversation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A running engine that answers one line with rows; see {@code src/test/engines/README.md}. Its log is
 * {@code target/e2e/NAME.log}.
 *
 * <p>Threading: one question at a time.
 */
final class Engine implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofMinutes(5);
    private static final Duration ANSWER_LIMIT = Duration.ofMinutes(3);
    private static final Duration LAST_WORDS_LIMIT = Duration.ofSeconds(1);
    private static final int LOG_LINES = 30;

    /** What Spark asks of the JVM beyond Java 16; its own start script gives the same. */
    private static final List<String> SPARK_OPENS = Stream.of(
                    "java.lang",
                    "java.lang.invoke",
                    "java.lang.reflect",
                    "java.io",
                    "java.net",
                    "java.nio",
                    "java.util",
                    "java.util.concurrent",
                    "java.util.concurrent.atomic",
                    "sun.nio.ch",
                    "sun.nio.cs",
                    "sun.security.action",
                    "sun.util.calendar")
            .map(name -> "--add-opens=java.base/" + name + "=ALL-UNNAMED")
            .toList();

    private final String name;
    private final Conversation process;
    private int heard;

    private Engine(String name, Conversation process) {
        this.name = name;
        this.process = process;
    }

    /** Starts a program that talks as these do. */
    static Engine start(String name, List<String> words) {
        return new Engine(name, logging(name, words).converse());
    }

    static Engine spark(URI catalog) {
        List<String> words =
                new ArrayList<>(List.of(Installed.javaForSpark().toString(), "-Xmx1g", "-XX:+UseSerialGC"));
        words.addAll(SPARK_OPENS);
        words.addAll(List.of(
                "-cp",
                Installed.engine("spark") + "/*",
                program("spark/SparkDriver.java"),
                // Beyond the README: small and quick.
                "spark.ui.enabled=false",
                "spark.sql.shuffle.partitions=2",
                "spark.sql.session.timeZone=UTC"));
        words.addAll(sparkSettings(catalog));
        return start("spark", words);
    }

    static Engine trino(URI catalog, URI s3) {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx2g",
                "-XX:+UseSerialGC",
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                Installed.engine("trino") + "/*",
                program("trino/TrinoDriver.java")));
        words.addAll(trinoSettings(catalog, s3));
        return start("trino", words);
    }

    static Engine pyiceberg(URI catalog) {
        List<String> words = List.of(
                Installed.engine("pyiceberg/bin/python").toString(),
                program("pyiceberg/driver.py"),
                "type=rest",
                "uri=" + catalog);
        return start("pyiceberg", words);
    }

    /** As README.md shows them, with the addresses that a server has by default. */
    static List<String> sparkSettings(URI catalog) {
        return List.of(
                "spark.sql.extensions=org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
                "spark.sql.catalog.weir=org.apache.iceberg.spark.SparkCatalog",
                "spark.sql.catalog.weir.type=rest",
                "spark.sql.catalog.weir.uri=" + catalog);
    }

    /** As README.md shows them, with the addresses that a server has by default. */
    static List<String> trinoSettings(URI catalog, URI s3) {
        return List.of(
                "iceberg.catalog.type=rest",
                "iceberg.rest-catalog.uri=" + catalog,
                "fs.s3.enabled=true",
                "s3.endpoint=" + s3,
                "s3.region=us-east-1",
                "s3.path-style-access=true",
                "s3.aws-access-key=weir",
                "s3.aws-secret-key=weir-local");
    }

    private static String program(String path) {
        return Installed.root()
                .resolve("engine-tests/src/test/engines")
                .resolve(path)
                .toString();
    }

    private static Path log(String name) {
        return Installed.root().resolve("engine-tests/target/e2e").resolve(name + ".log");
    }

    /** Standard error into a file: engines talk a lot, and a pipe that nobody reads would stop them. */
    private static Command logging(String name, List<String> words) {
        try {
            Files.createDirectories(log(name).getParent());
            List<String> shell = new ArrayList<>(List.of(
                    "/bin/sh",
                    "-c",
                    "log=$1; shift; exec \"$@\" 2>\"$log\"",
                    "sh",
                    log(name).toString()));
            shell.addAll(words);
            return Command.of(shell);
        } catch (IOException failed) {
            throw new UncheckedIOException("Cannot keep the log of " + name, failed);
        }
    }

    /** Waits until it takes questions. */
    Engine ready() {
        String first = next("is ready", START_LIMIT);
        if (!first.equals("ready")) {
            throw new AssertionError(name + " said, rather than that it is ready: " + first + lastWords());
        }
        return this;
    }

    /** The rows of the answer, their fields parted by {@code |}. */
    List<String> ask(String question) {
        String answer = answer(question);
        if (!answer.startsWith("ok")) {
            throw new AssertionError(name + " cannot answer: " + question + "\n" + answer);
        }
        List<String> parts = List.of(answer.split("\t", -1));
        return parts.subList(1, parts.size());
    }

    /** The one field of the one row of the answer. */
    String value(String question) {
        List<String> rows = ask(question);
        if (rows.size() != 1) {
            throw new AssertionError(name + " gave " + rows.size() + " rows for: " + question + "\n" + rows);
        }
        return rows.getFirst();
    }

    /** Why there is no answer. */
    String failure(String question) {
        String answer = answer(question);
        if (!answer.startsWith("failed")) {
            throw new AssertionError(name + " can answer: " + question + "\n" + answer);
        }
        return answer;
    }

    private String answer(String question) {
        process.say(question);
        return next("answers " + question, ANSWER_LIMIT);
    }

    private String next(String awaited, Duration limit) {
        int expected = heard + 1;
        process.await(name + " " + awaited, limit, lines -> lines.size() >= expected || !process.isAlive());
        try {
            // It may have ended with its answer on the way.
            process.await(name + " " + awaited, LAST_WORDS_LIMIT, lines -> lines.size() >= expected);
        } catch (AssertionError ended) {
            throw new AssertionError(name + " has ended before it " + awaited + lastWords(), ended);
        }
        heard = expected;
        return process.heard().get(expected - 1);
    }

    private String lastWords() {
        try {
            List<String> lines = Files.readAllLines(log(name));
            return "\n" + String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
        } catch (IOException failed) {
            throw new UncheckedIOException("Cannot read the log of " + name, failed);
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
