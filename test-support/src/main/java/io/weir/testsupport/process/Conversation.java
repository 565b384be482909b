package io.weir.testsupport.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A running program that obeys lines on its standard input and answers with lines on its standard output.
 *
 * <p>Threading: lines are collected by a thread of its own; methods may be called from any thread.
 */
public final class Conversation implements AutoCloseable {
    private final Process process;
    private final Writer input;
    private final List<String> heard = new ArrayList<>();

    Conversation(Process process) {
        this.process = process;
        this.input = process.outputWriter();
        Thread.ofVirtual().name("hear-" + process.pid()).start(this::hear);
    }

    private void hear() {
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (heard) {
                    heard.add(line);
                }
            }
        } catch (IOException closed) {
            // The process has ended: what was heard stays.
        }
    }

    public void say(String line) {
        try {
            input.write(line + "\n");
            input.flush();
        } catch (IOException failed) {
            throw new UncheckedIOException("Process " + process.pid() + " does not listen", failed);
        }
    }

    /** Every line so far. */
    public List<String> heard() {
        synchronized (heard) {
            return List.copyOf(heard);
        }
    }

    /** Returns once what was heard satisfies the predicate. */
    public void await(String awaited, Duration limit, Predicate<List<String>> satisfied) {
        try {
            Await.until(awaited, limit, () -> satisfied.test(heard()));
        } catch (AssertionError late) {
            List<String> lines = heard();
            throw new AssertionError(
                    late.getMessage() + "; last heard: " + lines.subList(Math.max(0, lines.size() - 10), lines.size()),
                    late);
        }
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** SIGTERM. */
    public void terminate() {
        process.destroy();
    }

    /** Waits for its end. */
    public int exitCode(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("Process " + process.pid() + " still runs after " + limit.toSeconds() + " s");
            }
            return process.exitValue();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", interrupted);
        }
    }

    @Override
    public void close() {
        ProcessTable.kill(process);
        // Until then it may be making files.
        process.onExit().orTimeout(60, TimeUnit.SECONDS).join();
    }
}
