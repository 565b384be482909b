package io.weir.launcher.local;

import io.weir.contracts.identity.NodeId;
import io.weir.launcher.config.ClusterPeer;
import io.weir.launcher.config.ClusterSettings;
import io.weir.launcher.config.Exposure;
import io.weir.launcher.config.HostPort;
import io.weir.launcher.serve.Founder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;

/**
 * Several processes of this program on this machine that are one service, all below one directory: {@code node-1} to
 * {@code node-N}, and {@code objects}, which they share. It is what the files say: commands that look at it or end it
 * are processes of their own.
 *
 * <p>Threading: one thread at a time; two commands at the same directory at once may start a node twice, of which the
 * second finds the data directory taken and ends.
 */
public final class LocalCluster {
    private static final String PLAN_FILE = "cluster";
    private static final Duration STOP_AT_MOST = Duration.ofSeconds(30);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    private final Path directory;
    private final List<LocalNode> nodes;
    private final LocalPorts ports;

    private LocalCluster(Path directory, LocalSize size, LocalPorts ports) {
        this.directory = directory.toAbsolutePath().normalize();
        this.ports = ports;
        this.nodes = IntStream.rangeClosed(1, size.nodes())
                .mapToObj(number ->
                        new LocalNode(number, size.rolesOf(number), ports, this.directory.resolve("node-" + number)))
                .toList();
    }

    /**
     * Plans one of so many nodes, or finds the one that is there, which must be of as many.
     *
     * @throws io.weir.launcher.config.SettingException when so many cannot be a cluster; nothing is written
     */
    public static LocalCluster of(Path directory, LocalSize size, LocalPorts ports) throws IOException {
        LocalCluster planned = new LocalCluster(directory, size, ports);
        for (LocalNode node : planned.nodes) {
            planned.settings(node).requireFounders();
        }
        Path plan = directory.resolve(PLAN_FILE);
        String wanted = size + " " + ports.offset() + "\n";
        if (Files.exists(plan)) {
            String found = Files.readString(plan);
            if (!found.equals(wanted)) {
                throw new IllegalStateException("The cluster in " + directory + " has nodes and port offset "
                        + found.strip() + ", not " + wanted.strip() + ": use another --dir");
            }
        } else {
            Files.createDirectories(directory);
            Files.writeString(plan, wanted);
        }
        return planned;
    }

    /** The one that was planned there. */
    public static LocalCluster in(Path directory) throws IOException {
        Path plan = directory.resolve(PLAN_FILE);
        if (!Files.exists(plan)) {
            throw new IllegalStateException("There is no cluster in " + directory + ": ./weir cluster up makes one");
        }
        String[] words = Files.readString(plan).strip().split(" ", 2);
        return new LocalCluster(directory, LocalSize.parse(words[0]), new LocalPorts(Integer.parseInt(words[1])));
    }

    public List<LocalNode> nodes() {
        return nodes;
    }

    /** @throws IllegalStateException when there is no such node */
    public LocalNode node(int number) {
        if (number < 1 || number > nodes.size()) {
            throw new IllegalStateException("There is no node " + number + ": they are 1 to " + nodes.size());
        }
        return nodes.get(number - 1);
    }

    /**
     * Starts the nodes that do not live, and waits until all serve.
     *
     * @param options of {@code weir serve}, further ones, for each of them
     * @throws IllegalStateException with the end of its log when a node ends instead
     */
    public void up(List<String> options, Duration atMost) throws IOException, InterruptedException {
        Map<LocalNode, Process> started = new LinkedHashMap<>();
        for (LocalNode node : nodes) {
            if (node.process().isEmpty()) {
                found(node);
                List<String> command = new ArrayList<>(program());
                command.addAll(serve(node));
                command.addAll(options);
                started.put(node, node.start(command));
            }
        }
        long deadline = System.nanoTime() + atMost.toNanos();
        for (Map.Entry<LocalNode, Process> each : started.entrySet()) {
            awaitReady(each.getKey(), each.getValue(), deadline);
        }
    }

    private static void awaitReady(LocalNode node, Process process, long deadline)
            throws IOException, InterruptedException {
        while (!node.isReady()) {
            boolean ended = process.waitFor(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
            if (ended && !node.isReady()) {
                throw new IllegalStateException("Node " + node.number() + " ended: see " + node.log());
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("Node " + node.number() + " does not serve yet: see " + node.log());
            }
        }
    }

    /** Each is a founder, once: a directory that was wiped must not become one again. */
    private void found(LocalNode node) throws IOException {
        if (node.keeps().isEmpty()) {
            return;
        }
        Path mark = node.data().resolveSibling("founded");
        if (!Files.exists(mark)) {
            new Founder(node.data(), settings(node)).found();
            Files.writeString(mark, "\n");
        }
    }

    private ClusterSettings settings(LocalNode node) {
        SortedMap<Integer, ClusterPeer> peers = new TreeMap<>();
        for (LocalNode each : nodes) {
            each.keeps()
                    .ifPresent(keeps -> peers.put(
                            each.number(),
                            new ClusterPeer(new HostPort(LocalPorts.HOST, ports.cluster(each.number())), keeps)));
        }
        return new ClusterSettings(new NodeId(node.number()), peers, Optional.empty(), Exposure.LOOPBACK);
    }

    private List<String> serve(LocalNode node) {
        List<String> words = new ArrayList<>(List.of(
                "serve",
                "--data-dir",
                node.data().toString(),
                "--roles",
                node.roles().toString(),
                "--node-id",
                String.valueOf(node.number()),
                "--peers",
                ClusterSettings.text(settings(node).peers()),
                "--object-store",
                "file:" + directory.resolve("objects")));
        words.addAll(node.listening());
        return words;
    }

    /** This program, as this process was started. */
    private static List<String> program() {
        List<String> words = new ArrayList<>();
        words.add(ProcessHandle.current().info().command().orElse("java"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> !argument.startsWith("-Dweir.terminal"))
                .forEach(words::add);
        words.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.weir.launcher.Main"));
        return words;
    }

    /** Ends every node in order, all at the same time; the ones that do not end in time are killed. */
    public void down() throws InterruptedException {
        List<ProcessHandle> living =
                nodes.stream().flatMap(node -> node.process().stream()).toList();
        living.forEach(ProcessHandle::destroy);
        long deadline = System.nanoTime() + STOP_AT_MOST.toNanos();
        for (ProcessHandle process : living) {
            if (!hasEnded(process, Math.max(1, deadline - System.nanoTime()))) {
                process.destroyForcibly();
            }
        }
    }

    /** Ends a node as a power cut would; returns whether it lived. */
    public boolean kill(int number) throws InterruptedException {
        ProcessHandle process = node(number).process().orElse(null);
        if (process == null) {
            return false;
        }
        process.destroyForcibly();
        return hasEnded(process, STOP_AT_MOST.toNanos());
    }

    private static boolean hasEnded(ProcessHandle process, long nanos) throws InterruptedException {
        try {
            process.onExit().get(nanos, TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException lives) {
            return false;
        } catch (ExecutionException failed) {
            throw new UncheckedIOException(new IOException("Cannot wait for process " + process.pid(), failed));
        }
    }
}
