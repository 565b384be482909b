package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.history.HistoryCheck;
import io.weir.testsupport.history.Recorder;
import io.weir.testsupport.history.Verdict;
import io.weir.testsupport.process.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How long clients wait when a node dies: prints the times, since a busy machine stretches them, and asserts that
 * nothing is lost. {@code -Dweir.failover.kills=N} for another number of kills of each kind.
 */
@Tag("e2e")
@Tag("long")
class FailoverTest {
    private static final int KILLS = Integer.getInteger("weir.failover.kills", 20);
    private static final int PARTITIONS = 6;
    private static final String TOPIC = "failover";
    private static final String NEWCOMERS = "newcomers";
    private static final String GROUP = "failover-group";
    private static final List<String> TOGETHER = Collections.nCopies(3, "all");
    private static final Duration AT_MOST = Duration.ofSeconds(60);
    private static final Duration QUIET = Duration.ofSeconds(6);

    /** What nobody did for how long, in ms, by what it is: a time for each kill. */
    private final Map<String, List<Long>> times = new LinkedHashMap<>();

    @TempDir
    Path directory;

    /** Which node dies. */
    @FunctionalInterface
    private interface Victim {
        ServerProcess among(SeveralServers servers, int kill);
    }

    @Test
    void clientsGoOnWhenTheNodeThatLeadsDies() throws Exception {
        run("leader", TOGETHER, (servers, kill) -> servers.node(servers.leader("wal-0", AT_MOST)));
    }

    @Test
    void clientsGoOnWhenANodeThatFollowsDies() throws Exception {
        run("follower", TOGETHER, (servers, kill) -> servers.node(servers.leader("wal-0", AT_MOST) % 3 + 1));
    }

    @Test
    void clientsGoOnWhenAGatewayDies() throws Exception {
        List<String> roles = List.of("metadata", "wal", "gateway", "gateway");
        run(
                "gateway",
                roles,
                (servers, kill) ->
                        servers.gateways().get(kill % servers.gateways().size()));
    }

    /** Of topics in turn with that of groups. */
    @Test
    void clientsGoOnWhenTheLeaderOfTheMetadataDies() throws Exception {
        List<String> roles = List.of("metadata", "metadata", "metadata", "wal", "gateway");
        run("metadata leader", roles, (servers, kill) -> {
            String group = kill % 2 == 0 ? "metadata" : "cursors";
            return servers.node(servers.leader(group, AT_MOST));
        });
    }

    private void run(String name, List<String> roles, Victim victim) throws Exception {
        String logs = "failover-" + name.replace(' ', '-');
        try (SeveralServers servers =
                        new SeveralServers(Weir.command(), logs, roles, directory, "--tables", "false").start();
                Recorder recorder = new Recorder(directory.resolve("history"))) {
            // Given
            try (Topics topics = new Topics(servers.bootstrap())) {
                topics.create(TOPIC, PARTITIONS);
                topics.create(NEWCOMERS, 1);
            }
            RecordedLoad load = new RecordedLoad(servers.bootstrap(), TOPIC, PARTITIONS, recorder);
            load.produce("p1", 300);
            load.produce("p2", 300);
            load.consume("m1", GROUP);
            load.read("r1");
            load.commits().untilMore(5, AT_MOST);

            // When
            for (int kill = 0; kill < KILLS; kill++) {
                LockSupport.parkNanos(QUIET.toNanos());
                ServerProcess killed = victim.among(servers, kill);
                begin(load);
                killed.kill();
                newcomers(servers.bootstrap(), kill);
                untilAllGoOn(load);
                note(load);
                load.check();
                killed.start();
            }
            load.stop();

            // Then
            times.values().forEach(each -> each.sort(null));
            System.out.println("failover: " + KILLS + " kills of the " + name + ", ms for which nobody: " + times);
            for (ServerProcess server : servers.gateways()) {
                load.scan("scan-" + server.kafkaPort(), server.bootstrap());
            }
            Verdict verdict = HistoryCheck.of(recorder.history());
            assertThat(verdict.anomalies()).as(verdict.toString()).isEmpty();
            assertThat(verdict.confirmed()).isEqualTo(verdict.acknowledged()).isPositive();
        }
    }

    private static void begin(RecordedLoad load) {
        load.polls().begin();
        load.commits().begin();
        load.writes().forEach(Outages::begin);
        load.reads().forEach(Outages::begin);
    }

    /** What was on its way when the node died is among the first of each. */
    private static void untilAllGoOn(RecordedLoad load) {
        load.writes().forEach(each -> each.untilMore(100, AT_MOST));
        load.reads().forEach(each -> each.untilMore(20, AT_MOST));
        load.polls().untilMore(20, AT_MOST);
        load.commits().untilMore(20, AT_MOST);
    }

    private void note(RecordedLoad load) {
        note("wrote to some partition", longest(load.writes()));
        note("read some partition", longest(load.reads()));
        note("read in the group", load.polls().longest());
        note("committed offsets", load.commits().longest());
    }

    private void note(String what, Duration time) {
        times.computeIfAbsent(what, its -> new ArrayList<>()).add(time.toMillis());
    }

    private static Duration longest(List<Outages> partitions) {
        return partitions.stream()
                .map(Outages::longest)
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    /** Lets a producer and a member of a new group come just now. */
    private void newcomers(String bootstrap, int kill) throws Exception {
        note("came as a producer", Newcomer.firstAcknowledgement(bootstrap, NEWCOMERS, AT_MOST));
        note("came as a group", Newcomer.firstPoll(bootstrap, NEWCOMERS, "newcomers-" + kill, AT_MOST));
    }
}
