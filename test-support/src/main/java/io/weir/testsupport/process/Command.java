package io.weir.testsupport.process;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A program to run to its end, with what goes into it and how long it may take.
 *
 * @param words the program and its arguments
 * @param environment set on top of this process's own
 * @param input a file for standard input, or none
 * @param limit after which it is killed and the run fails
 */
public record Command(
        List<String> words,
        Map<String, String> environment,
        @Nullable Path input,
        Duration limit) {
    public static final Duration DEFAULT_LIMIT = Duration.ofSeconds(60);

    public Command {
        words = List.copyOf(words);
        environment = Map.copyOf(environment);
    }

    public static Command of(List<String> words) {
        return new Command(words, Map.of(), null, DEFAULT_LIMIT);
    }

    public static Command of(String... words) {
        return of(List.of(words));
    }

    public Command with(String... more) {
        List<String> all = new ArrayList<>(words);
        all.addAll(List.of(more));
        return new Command(all, environment, input, limit);
    }

    public Command withEnvironment(String name, String value) {
        Map<String, String> all = new HashMap<>(environment);
        all.put(name, value);
        return new Command(words, all, input, limit);
    }

    public Command withInput(Path file) {
        return new Command(words, environment, file, limit);
    }

    /** Standard input as text. */
    public Command withInput(String text) {
        try {
            Path file = Files.createTempFile("weir-input", ".txt");
            file.toFile().deleteOnExit();
            return withInput(Files.writeString(file, text));
        } catch (IOException failed) {
            throw new UncheckedIOException("Cannot keep input", failed);
        }
    }

    public Command within(Duration newLimit) {
        return new Command(words, environment, input, newLimit);
    }

    /** Runs it and returns what it said, whatever its exit code. */
    public Finished run() {
        try {
            Path out = Files.createTempFile("weir-command", ".out");
            Path err = Files.createTempFile("weir-command", ".err");
            try {
                int exitCode = await(builder().redirectOutput(out.toFile()).redirectError(err.toFile()));
                return new Finished(this, exitCode, Files.readAllBytes(out), Files.readString(err));
            } finally {
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException("Cannot run " + words, failed);
        }
    }

    /** Starts it with pipes to its standard streams; its errors go to this process's own. */
    public Conversation converse() {
        try {
            Process process =
                    builder().redirectError(ProcessBuilder.Redirect.INHERIT).start();
            ProcessTable.add(process);
            return new Conversation(process);
        } catch (IOException failed) {
            throw new UncheckedIOException("Cannot start " + words, failed);
        }
    }

    private ProcessBuilder builder() {
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().putAll(environment);
        if (input != null) {
            builder.redirectInput(input.toFile());
        }
        return builder;
    }

    private int await(ProcessBuilder builder) throws IOException {
        Process process = builder.start();
        ProcessTable.add(process);
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("Still running after " + limit.toSeconds() + " s: " + words);
            }
            return process.exitValue();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for " + words, interrupted);
        } finally {
            ProcessTable.kill(process);
        }
    }

    /** What a program said before it ended. */
    public static final class Finished {
        private final Command command;
        private final int exitCode;
        private final byte[] out;
        private final String err;

        private Finished(Command command, int exitCode, byte[] out, String err) {
            this.command = command;
            this.exitCode = exitCode;
            this.out = out;
            this.err = err;
        }

        public int exitCode() {
            return exitCode;
        }

        /** Its standard output as it is. */
        public InputStream bytes() {
            return new ByteArrayInputStream(out);
        }

        public String text() {
            return new String(out, StandardCharsets.UTF_8);
        }

        public List<String> lines() {
            return text().lines().toList();
        }

        /** Its standard error. */
        public String err() {
            return err;
        }

        /** Fails unless the program succeeded. */
        public Finished succeeded() {
            if (exitCode != 0) {
                throw new AssertionError(
                        "Exit code " + exitCode + " of " + command.words() + "\n" + tail(text()) + "\n" + tail(err));
            }
            return this;
        }

        private static String tail(String text) {
            return text.substring(Math.max(0, text.length() - 4000));
        }
    }
}
