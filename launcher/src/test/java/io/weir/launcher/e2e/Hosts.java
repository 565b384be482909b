package io.weir.launcher.e2e;

import io.weir.testsupport.process.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Hosts of the test's own: network namespaces on one bridge, which the test is on as well. What is cut is lost without
 * a word, as behind a broken switch: packets go to an address that nobody has.
 *
 * <p>Threading: one thread at a time. Closing removes them; what still runs there keeps running without a network.
 */
final class Hosts implements AutoCloseable {
    private static final String NOBODY = "02:00:00:00:00:fe";
    private static final int NETWORKS = 250;

    private final int count;
    private final int network;
    private final String bridge;
    private final List<Command> undo = new ArrayList<>();

    /** Makes so many, numbered from 1. */
    Hosts(int count) {
        this.count = count;
        this.network = claimed();
        this.bridge = bridge(network);
        undo.add(ip("link", "del", bridge));
        try {
            run("addr", "add", address(254) + "/24", "dev", bridge);
            run("link", "set", bridge, "up");
            for (int host = 1; host <= count; host++) {
                made(ip("netns", "add", name(host)), ip("netns", "del", name(host)));
                run("link", "add", name(host), "type", "veth", "peer", "name", "eth0", "netns", name(host));
                run("link", "set", name(host), "master", bridge, "up");
                inside(host, "ip", "link", "set", "lo", "up");
                inside(host, "ip", "addr", "add", address(host) + "/24", "dev", "eth0");
                inside(host, "ip", "link", "set", "eth0", "up");
            }
        } catch (AssertionError failed) {
            close();
            throw failed;
        }
    }

    /** A number that no other process has: that of a bridge that could be made. */
    private static int claimed() {
        int first = (int) (ProcessHandle.current().pid() % NETWORKS);
        return IntStream.range(first, first + NETWORKS)
                .map(number -> number % NETWORKS)
                .filter(number -> ip("link", "add", bridge(number), "type", "bridge")
                                .run()
                                .exitCode()
                        == 0)
                .findFirst()
                .orElseThrow(() -> new AssertionError("No bridge of " + NETWORKS + " can be made"));
    }

    private static String bridge(int network) {
        return "weir" + network;
    }

    /** Skips the test, visibly, where this process may not make any. */
    static void require() {
        Tools.onPath("ip");
        String trial = "weir-trial-" + ProcessHandle.current().pid();
        boolean made = ip("netns", "add", trial).run().exitCode() == 0;
        Tools.require(made, "Network namespaces cannot be made: that needs root");
        run("netns", "del", trial);
    }

    private static Command ip(String... words) {
        return Command.of("ip").with(words);
    }

    private static void run(String... words) {
        ip(words).run().succeeded();
    }

    private void made(Command command, Command undone) {
        command.run().succeeded();
        undo.addFirst(undone);
    }

    private String name(int host) {
        return bridge + "-" + host;
    }

    private void inside(int host, String... words) {
        on(host, Command.of(words)).run().succeeded();
    }

    IntStream numbers() {
        return IntStream.rangeClosed(1, count);
    }

    /** What clients and other hosts reach it by. */
    String address(int host) {
        return "10.231." + network + "." + host;
    }

    /** The same command, run there. */
    Command on(int host, Command command) {
        List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", name(host)));
        words.addAll(command.words());
        return new Command(words, command.environment(), command.input(), command.limit());
    }

    /** Nothing that one host sends reaches the other any more. */
    void cut(int from, int to) {
        inside(from, "ip", "neigh", "replace", address(to), "lladdr", NOBODY, "dev", "eth0", "nud", "permanent");
    }

    /** Cuts a host off from every other one, both ways; the test still reaches it, as clients would. */
    void cutOff(int host) {
        for (int other = 1; other <= count; other++) {
            if (other != host) {
                cut(host, other);
                cut(other, host);
            }
        }
    }

    /** Unplugs a host: nobody reaches it. */
    void unplug(int host) {
        run("link", "set", name(host), "down");
    }

    /** What a host sends waits in a queue of half a second, and is lost where that is full. */
    void slow(int host) {
        inside(
                host, "tc", "qdisc", "replace", "dev", "eth0", "root", "tbf", "rate", "500kbit", "burst", "16kb",
                "latency", "500ms");
    }

    /** Resets every connection that a host has at this moment. */
    void reset(int host) {
        inside(host, "ss", "--kill", "--tcp", "--no-header", "state", "established");
    }

    /** Undoes every cut, and whatever else a network suffers from. */
    void heal() {
        for (int host = 1; host <= count; host++) {
            // There may be none to delete.
            on(host, Command.of("tc", "qdisc", "del", "dev", "eth0", "root")).run();
            run("link", "set", name(host), "up");
            inside(host, "ip", "neigh", "flush", "nud", "permanent", "dev", "eth0");
        }
    }

    @Override
    public void close() {
        undo.forEach(Command::run);
    }
}
