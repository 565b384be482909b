package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.history.HistoryCheck;
import io.weir.testsupport.history.Recorder;
import io.weir.testsupport.history.Verdict;
import io.weir.testsupport.process.ServerProcess;
import io.weir.testsupport.seed.LongRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Schedules of faults on three nodes under load, drawn from a seed: what clients saw is judged as a history.
 * {@code -Dweir.faults.seed=S} repeats a schedule; instants are those of the clock, so a run is alike, never the same.
 */
@Tag("e2e")
class ClusterFaultsTest {
    private static final long SEED = Long.getLong("weir.faults.seed", System.nanoTime());
    private static final int NODES = 3;
    private static final int PARTITIONS = 6;
    private static final String TOPIC = "faults";
    private static final String GROUP = "faults-group";
    private static final Duration SCHEDULE = Duration.ofSeconds(60);
    private static final Duration GOES_ON_AT_MOST = Duration.ofSeconds(45);

    /** What happens to a node. */
    private enum Fault {
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
        UNPLUG
    }

    @TempDir
    Path directory;

    @Test
    void noScheduleOfFaultsShowsClientsWhatTheyMustNotSee() throws Exception {
        run(SEED);
        run(SEED + 1);
    }

    @Test
    @Tag("long")
    @Tag("long-faults")
    void noScheduleOfFaultsShowsClientsWhatTheyMustNotSeeForLong() throws Exception {
        LongRun.of("ClusterFaultsTest").run("faults", this::run);
    }

    /** Returns how many faults there were. */
    private long run(long seed) throws Exception {
        Path home = Files.createDirectories(directory.resolve("schedule-" + seed));
        Path history = Weir.target().resolve("e2e").resolve("history-" + seed);
        Files.deleteIfExists(history);
        Hosts.require();
        try (Hosts hosts = new Hosts(NODES);
                SeveralServers servers = new SeveralServers(
                                Weir.busyCommand(),
                                hosts,
                                "faults",
                                home,
                                "--tables",
                                "false",
                                "--flush-bytes",
                                "1MiB",
                                "--flush-interval",
                                "1s")
                        .start();
                Recorder recorder = new Recorder(history)) {
            int faults = run(servers, hosts, recorder, new Random(seed));
            Verdict verdict = HistoryCheck.of(recorder.history());
            System.out.println("faults: seed " + seed + ", " + faults + " faults; " + verdict);
            assertThat(verdict.anomalies()).as("seed " + seed + ": " + verdict).isEmpty();
            assertThat(verdict.confirmed()).isEqualTo(verdict.acknowledged()).isGreaterThan(1000);
            Files.delete(history);
            return faults;
        } catch (AssertionError wrong) {
            throw new AssertionError("Seed " + seed + ", history in " + history + ": " + wrong.getMessage(), wrong);
        }
    }

    private static int run(SeveralServers servers, Hosts hosts, Recorder recorder, Random random) throws Exception {
        // Given
        try (Topics topics = new Topics(servers.node(1).bootstrap())) {
            topics.create(TOPIC, PARTITIONS);
        }
        RecordedLoad load = new RecordedLoad(servers.bootstrap(), TOPIC, PARTITIONS, recorder);
        load.produce("p1", 150);
        load.produce("p2", 150);
        load.consume("m1", GROUP);
        load.consume("m2", GROUP);
        load.acknowledgements().untilMore(1, GOES_ON_AT_MOST);

        // When
        int faults = 0;
        long end = System.nanoTime() + SCHEDULE.toNanos();
        while (System.nanoTime() < end) {
            faults += strike(servers, hosts, random);
            Duration away = load.acknowledgements().untilMore(100, GOES_ON_AT_MOST);
            System.out.println("faults: acknowledged again after " + away.toMillis() + " ms");
            load.check();
            pause(300 + random.nextInt(2000));
        }
        load.stop();

        // Then
        for (ServerProcess server : servers.all()) {
            load.scan("scan-" + server.kafkaPort(), server.bootstrap());
            load.fetchCommitted("fetch-" + server.kafkaPort(), GROUP, server.bootstrap());
        }
        return faults;
    }

    /** One node mostly; sometimes two at once, so that there is no quorum; sometimes all of them. */
    private static int strike(SeveralServers servers, Hosts hosts, Random random) throws Exception {
        List<ServerProcess> struck = new ArrayList<>(servers.all());
        java.util.Collections.shuffle(struck, random);
        int draw = random.nextInt(10);
        int count = draw < 7 ? 1 : draw < 9 ? 2 : NODES;
        Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
        int away = 200 + random.nextInt(fault == Fault.KILL || fault == Fault.RESTART ? 3000 : 6000);
        List<ServerProcess> nodes = struck.subList(0, count);
        List<Integer> numbers =
                nodes.stream().map(node -> servers.all().indexOf(node) + 1).toList();
        System.out.println("faults: " + fault + " of " + numbers + " for " + away + " ms");
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
                for (ServerProcess node : nodes) {
                    node.terminate(Duration.ofSeconds(40));
                }
                servers.start(nodes);
            }
            case CUT_OFF -> {
                numbers.forEach(hosts::cutOff);
                pause(away);
                hosts.heal();
            }
            case ONE_WAY -> {
                numbers.forEach(node -> hosts.cut(node, node % NODES + 1));
                pause(away);
                hosts.heal();
            }
            case UNPLUG -> {
                numbers.forEach(hosts::unplug);
                pause(away);
                hosts.heal();
            }
        }
        return 1;
    }

    private static void pause(int millis) {
        LockSupport.parkNanos(Duration.ofMillis(millis).toNanos());
    }
}
