package io.weir.consensus.ratis;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.NodeId;
import io.weir.testsupport.process.FreePorts;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Three processes that keep a group together, and what they said.
 *
 * <p>Threading: any thread; each process is listened to by a thread of its own.
 */
final class ClusterProcesses {
    static final int COUNT = 3;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(120);

    private final Class<?> child;
    private final Path directory;
    private final long seed;
    private final Duration electionTimeout;
    private final List<Peer> founders = new ArrayList<>();
    private final Map<Integer, Process> running = new HashMap<>();
    private final Map<Integer, Thread> listeners = new HashMap<>();
    private final Map<Integer, String> last = new HashMap<>();
    private final Map<String, List<String>> said = new HashMap<>();
    private int leader;
    private long acknowledged = -1;
    private long acknowledgements;
    private long lastAcknowledgementNanos;

    /** Of a class with a {@code main} that takes what {@link ClusterChild}'s does. */
    ClusterProcesses(Class<?> child, Path directory, long seed, Duration electionTimeout) throws IOException {
        this.child = child;
        this.directory = directory;
        this.seed = seed;
        this.electionTimeout = electionTimeout;
        for (int node = 1; node <= COUNT; node++) {
            founders.add(new Peer(new PeerId(new NodeId(node), 1), "127.0.0.1", FreePorts.next()));
        }
    }

    List<Peer> founders() {
        return founders;
    }

    Path directoryOf(int node) {
        return directory.resolve("node-" + node);
    }

    synchronized void start(int node) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path")));
        Optional.ofNullable(System.getProperty("weir.test.child.logging"))
                .ifPresent(file -> command.add("-Dlogback.configurationFile=" + file));
        command.addAll(List.of(
                child.getName(),
                directoryOf(node).toString(),
                Long.toString(seed),
                Long.toString(electionTimeout.toMillis()),
                Integer.toString(node)));
        founders.forEach(peer -> command.add(Integer.toString(peer.port())));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("node-" + node + ".log").toFile()))
                .start();
        running.put(node, process);
        BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
        listeners.put(node, Thread.ofVirtual().start(() -> listen(node, said)));
    }

    private void listen(int node, BufferedReader said) {
        try {
            for (String line = said.readLine(); line != null; line = said.readLine()) {
                heard(node, line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private synchronized void heard(int node, String line) {
        last.put(node, line);
        if (line.startsWith("ack ")) {
            acknowledged = Math.max(acknowledged, Long.parseLong(line.substring("ack ".length())));
            acknowledgements++;
            lastAcknowledgementNanos = System.nanoTime();
        }
        if (line.startsWith("lead ")) {
            leader = node;
        }
        int space = line.indexOf(' ');
        said.computeIfAbsent(space < 0 ? line : line.substring(0, space), word -> new ArrayList<>())
                .add(line.substring(space + 1));
        notifyAll();
    }

    /** Everything that was said with a word in front, without the word. */
    synchronized List<String> said(String word) {
        return List.copyOf(said.getOrDefault(word, List.of()));
    }

    /** The node that led last. */
    synchronized int leader() {
        return leader;
    }

    /** The highest number that any leader acknowledged. */
    synchronized long acknowledged() {
        return acknowledged;
    }

    /** Waits until so many more were acknowledged. */
    synchronized void awaitAcknowledgements(int more) throws InterruptedException {
        long wanted = acknowledgements + more;
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (acknowledgements < wanted) {
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, end - System.nanoTime()));
            if (System.nanoTime() > end) {
                throw new AssertionError("Nothing was acknowledged any more; last heard: " + last);
            }
        }
    }

    /** Waits until a node has opened its group. */
    synchronized void awaitReady(int node) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (last.getOrDefault(node, "").isEmpty()) {
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, end - System.nanoTime()));
            if (System.nanoTime() > end) {
                throw new AssertionError("Node " + node + " did not start");
            }
        }
    }

    /** SIGKILL; returns once everything that it said was heard. */
    void kill(int node) throws InterruptedException {
        Process process;
        Thread listener;
        synchronized (this) {
            process = Optional.ofNullable(running.remove(node)).orElseThrow();
            listener = Optional.ofNullable(listeners.remove(node)).orElseThrow();
        }
        process.toHandle().destroyForcibly();
        listener.join();
        process.waitFor();
        synchronized (this) {
            last.remove(node);
        }
    }

    /**
     * Kills the leader.
     *
     * @return how long nothing was acknowledged, from the signal on
     */
    Duration killLeader() throws InterruptedException {
        int killed = leader();
        long signalled = System.nanoTime();
        kill(killed);
        awaitAcknowledgements(1);
        synchronized (this) {
            return Duration.ofNanos(Math.max(0, firstAfter(signalled) - signalled));
        }
    }

    private long firstAfter(long instant) {
        return Math.max(instant, lastAcknowledgementNanos);
    }

    void killAll() throws InterruptedException {
        for (int node : List.copyOf(running.keySet())) {
            kill(node);
        }
    }
}
