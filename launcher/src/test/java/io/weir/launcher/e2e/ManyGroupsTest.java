package io.weir.launcher.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.history.HistoryCheck;
import io.weir.testsupport.history.Recorder;
import io.weir.testsupport.history.Verdict;
import io.weir.testsupport.process.Await;
import io.weir.testsupport.process.ServerProcess;
import io.weir.testsupport.seed.LongRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hundred consumer groups of two members each, on five gateways that die: every group goes on, and never back. */
@Tag("e2e")
@Tag("long")
class ManyGroupsTest {
    private static final List<String> ROLES =
            List.of("metadata", "wal", "gateway", "gateway", "gateway", "gateway", "gateway");
    private static final String TOPIC = "many-groups";
    private static final int PARTITIONS = 4;
    private static final int PER_SECOND = 4;
    private static final int GROUPS = 100;
    private static final int KILLS = 6;
    private static final Duration AT_MOST = Duration.ofMinutes(2);
    private static final Duration QUIET = Duration.ofSeconds(2);

    @TempDir
    Path directory;

    @Test
    @Tag("long-faults")
    void everyGroupGoesOnWhileGatewaysDie() throws Exception {
        LongRun.of("ManyGroupsTest").run("kills of gateways", this::run);
    }

    private long run(long seed) throws Exception {
        Random random = new Random(seed);
        Path home = Files.createDirectories(directory.resolve("groups-" + seed));
        try (SeveralServers servers =
                        new SeveralServers(Weir.command(), "many-groups", ROLES, home, "--tables", "false").start();
                Recorder recorder = new Recorder(home.resolve("history"))) {
            // Given
            try (Topics topics = new Topics(servers.bootstrap())) {
                topics.create(TOPIC, PARTITIONS);
            }
            RecordedLoad load = new RecordedLoad(servers.bootstrap(), TOPIC, PARTITIONS, recorder);
            load.produce("p1", PER_SECOND);
            List<String> groups = IntStream.range(0, GROUPS)
                    .mapToObj(group -> "group-" + group)
                    .toList();
            for (String group : groups) {
                load.consume(group + "-m1", group);
                load.consume(group + "-m2", group);
            }
            allGoOn(load, groups);

            // When
            long killed = 0;
            while (killed < KILLS) {
                List<ServerProcess> gateways = new ArrayList<>(servers.gateways());
                Collections.shuffle(gateways, random);
                List<ServerProcess> dying = gateways.subList(0, 1 + random.nextInt(2));
                dying.forEach(ServerProcess::kill);
                long begun = System.nanoTime();
                allGoOn(load, groups);
                System.out.println("many groups: seed " + seed + ", " + dying.size() + " gateways killed, each group"
                        + " committed again after "
                        + Duration.ofNanos(System.nanoTime() - begun).toMillis() + " ms");
                servers.start(dying);
                killed += dying.size();
                LockSupport.parkNanos(QUIET.toNanos());
            }
            load.stop();

            // Then
            load.scan("scan", servers.bootstrap());
            for (String group : groups) {
                load.fetchCommitted("fetch-" + group, group, servers.bootstrap());
            }
            Verdict verdict = HistoryCheck.of(recorder.history());
            System.out.println("many groups: seed " + seed + "; " + verdict);
            assertThat(verdict.anomalies()).as("seed " + seed + ": " + verdict).isEmpty();
            assertThat(verdict.confirmed()).isEqualTo(verdict.acknowledged()).isPositive();
            return killed;
        }
    }

    private static void allGoOn(RecordedLoad load, List<String> groups) {
        Map<String, Long> before = new HashMap<>();
        groups.forEach(group -> before.put(group, load.commits(group).count()));
        Await.until(
                "each group commits again",
                AT_MOST,
                () -> groups.stream()
                        .allMatch(group -> load.commits(group).count() >= before.getOrDefault(group, 0L) + 2));
        load.check();
    }
}
