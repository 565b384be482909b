package io.weir.launcher.e2e;

import io.weir.testsupport.file.Trees;
import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.Command;
import io.weir.testsupport.process.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * What goes wrong on purpose with nodes, their networks, disks and clocks: each strike is drawn from a seed, and over
 * when it returns. A node's data directory, and the object store, are small disks below one directory.
 *
 * <p>Threading: one thread.
 */
final class Nemesis implements AutoCloseable {
    private static final long DISK_BYTES = 400L << 20;
    private static final String STORE = "objects";
    private static final Duration REPLACED_AT_MOST = Duration.ofSeconds(60);
    private static final Duration STOPPED_AT_MOST = Duration.ofSeconds(40);
    private static final int RESET_EVERY_MS = 100;
    private static final int[] CLOCK_STEPS = {-3600, -30, 30, 3600};

    /** What happens to a node, or to some at once. */
    enum Fault {
        /** kill -9, and a start a while later. */
        KILL,
        /** SIGSTOP, and SIGCONT a while later: it wakes with what it believed then. */
        PAUSE,
        /** SIGTERM and a start at once, as in an upgrade. */
        RESTART,
        /** Cut off from the other nodes, both ways; clients still reach it, and it them. */
        CUT_OFF,
        /** What it sends to one other node is lost; what that one sends arrives. */
        ONE_WAY,
        /** Unplugged: neither nodes nor clients reach it. */
        UNPLUG,
        /** What it sends is late, and some of it lost. */
        SLOW,
        /** Its connections are reset, again and again. */
        RESET,
        /** Its disk is full. */
        FULL,
        /** The object store takes nothing, and meanwhile it is killed, and comes back. */
        STORE_AWAY,
        /** Its time of day is wrong by up to an hour. */
        CLOCK,
        /** kill -9, and it comes back with an empty disk: never more than one. */
        WIPE
    }

    private final Path directory;
    private final Hosts hosts;
    private final Random random;
    private final SmallDisks disks = new SmallDisks(DISK_BYTES);
    private final List<SteppedClock> clocks = new ArrayList<>();

    /** Before there are servers. */
    Nemesis(Path directory, Hosts hosts, Random random) throws IOException {
        this.directory = directory;
        this.hosts = hosts;
        this.random = random;
        // First what may skip the test, and leaves nothing behind.
        for (int node : hosts.numbers().toArray()) {
            clocks.add(new SteppedClock(directory.resolve("clock-" + node)));
        }
        disks.mount(directory.resolve(STORE));
        for (int node : hosts.numbers().toArray()) {
            disks.mount(disk(node));
        }
    }

    private Path disk(int node) {
        return directory.resolve("node-" + node);
    }

    /** The same command with a node's clock. */
    Command on(int node, Command weir) {
        return clocks.get(node - 1).in(weir);
    }

    /** One node mostly; sometimes two at once, so that there is no quorum; sometimes all of them. */
    void strike(SeveralServers servers) throws IOException, InterruptedException {
        List<Integer> all = new ArrayList<>(hosts.numbers().boxed().toList());
        Collections.shuffle(all, random);
        int draw = random.nextInt(10);
        int count = draw < 7 ? 1 : draw < 9 ? 2 : all.size();
        Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
        int away = 200 + random.nextInt(fault == Fault.KILL || fault == Fault.RESTART ? 3000 : 6000);
        List<Integer> numbers = all.subList(0, fault == Fault.WIPE ? 1 : count);
        System.out.println("faults: " + fault + " of " + numbers + " for " + away + " ms");
        strike(fault, numbers, away, servers);
    }

    /** A while without any. */
    void rest() {
        pause(300 + random.nextInt(2000));
    }

    private void strike(Fault fault, List<Integer> numbers, int away, SeveralServers servers)
            throws IOException, InterruptedException {
        List<ServerProcess> nodes = numbers.stream().map(servers::node).toList();
        switch (fault) {
            case KILL -> {
                nodes.forEach(ServerProcess::kill);
                pause(away);
                servers.start(nodes);
            }
            case PAUSE -> {
                nodes.forEach(ServerProcess::stop);
                pause(away);
                nodes.forEach(ServerProcess::resume);
            }
            case RESTART -> {
                nodes.forEach(node -> node.terminate(STOPPED_AT_MOST));
                servers.start(nodes);
            }
            case CUT_OFF, ONE_WAY, UNPLUG, SLOW -> {
                numbers.forEach(node -> disturb(fault, node));
                pause(away);
                hosts.heal();
            }
            case RESET ->
                IntStream.range(0, away / RESET_EVERY_MS).forEach(turn -> {
                    numbers.forEach(hosts::reset);
                    pause(RESET_EVERY_MS);
                });
            case FULL -> {
                numbers.forEach(node -> SmallDisks.fill(disk(node)));
                pause(away);
                for (int node : numbers) {
                    SmallDisks.free(disk(node));
                }
            }
            case STORE_AWAY -> {
                SmallDisks.fill(directory.resolve(STORE));
                nodes.forEach(ServerProcess::kill);
                pause(away / 2);
                servers.start(nodes);
                pause(away / 2);
                SmallDisks.free(directory.resolve(STORE));
            }
            case CLOCK -> {
                int seconds = CLOCK_STEPS[random.nextInt(CLOCK_STEPS.length)];
                clocksAreOffBy(Duration.ofSeconds(seconds), numbers);
                pause(away);
                clocksAreOffBy(Duration.ZERO, numbers);
            }
            case WIPE -> wipe(numbers.getFirst(), servers);
        }
    }

    private void disturb(Fault fault, int node) {
        switch (fault) {
            case CUT_OFF -> hosts.cutOff(node);
            case ONE_WAY -> hosts.cut(node, node % (int) hosts.numbers().count() + 1);
            case UNPLUG -> hosts.unplug(node);
            case SLOW -> hosts.slow(node);
            default -> throw new IllegalArgumentException(fault + " is nothing of a network");
        }
    }

    private void clocksAreOffBy(Duration step, List<Integer> numbers) throws IOException {
        for (int node : numbers) {
            clocks.get(node - 1).isOffBy(step);
        }
    }

    /** Nothing else happens before it has everything again: a second disk lost would be a majority's. */
    private void wipe(int node, SeveralServers servers) throws IOException, InterruptedException {
        ServerProcess wiped = servers.node(node);
        ServerProcess other = servers.node(node % (int) hosts.numbers().count() + 1);
        Membership before = Membership.of(other);
        wiped.kill();
        Trees.empty(disk(node));
        wiped.start();
        Await.until(
                "node " + node + " is replaced",
                REPLACED_AT_MOST,
                () -> Membership.of(other).isReplacedSince(before, node)
                        && Membership.of(wiped).isReplacedSince(before, node));
    }

    private static void pause(int millis) {
        LockSupport.parkNanos(Duration.ofMillis(millis).toNanos());
    }

    @Override
    public void close() {
        disks.close();
    }
}
