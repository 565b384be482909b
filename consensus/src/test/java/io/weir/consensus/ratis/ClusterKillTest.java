package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills the leader of three processes, again and again. */
class ClusterKillTest {
    private static final Duration ELECTION_TIMEOUT = Duration.ofMillis(500);

    @TempDir
    private Path directory;

    @Test
    void everyAcknowledgedEntrySurvivesTheLeadersEnd() throws Exception {
        killAgainAndAgain(5, 20261121);
    }

    @Test
    @Tag("long")
    void everyAcknowledgedEntrySurvivesTwentyLeaders() throws Exception {
        List<Duration> outages = killAgainAndAgain(20, 20261122);
        outages.sort(Duration::compareTo);
        System.out.printf(
                "Without acknowledgements for: median %d ms, worst %d ms, all %s%n",
                outages.get(outages.size() / 2).toMillis(),
                outages.getLast().toMillis(),
                outages.stream().map(Duration::toMillis).toList());
    }

    private List<Duration> killAgainAndAgain(int kills, long seed) throws Exception {
        Random random = new Random(seed);
        List<Duration> outages = new ArrayList<>();
        ClusterProcesses processes = new ClusterProcesses(ClusterChild.class, directory, seed, ELECTION_TIMEOUT);
        try {
            for (int node = 1; node <= ClusterProcesses.COUNT; node++) {
                processes.start(node);
            }
            for (int kill = 0; kill < kills; kill++) {
                // Given three processes, one of which leads under load
                processes.awaitAcknowledgements(100 + random.nextInt(900));
                // When it is killed
                int killed = processes.leader();
                outages.add(processes.killLeader());
                // Then another one goes on, and the killed one comes back
                processes.start(killed);
                processes.awaitReady(killed);
            }
            processes.awaitAcknowledgements(100);
        } finally {
            processes.killAll();
        }
        hasAll(processes, "seed " + seed);
        return outages;
    }

    /** Each of them comes to have, in order and once, everything that was acknowledged by any leader. */
    private void hasAll(ClusterProcesses processes, String what) {
        List<RatisConsensus> nodes = new ArrayList<>();
        List<NumberState> states = new ArrayList<>();
        for (int node = 1; node <= ClusterProcesses.COUNT; node++) {
            nodes.add(new RatisConsensus(
                    ClusterChild.config(processes.directoryOf(node), node, processes.founders(), ELECTION_TIMEOUT),
                    new SimpleMeterRegistry()));
            NumberState state = new NumberState();
            states.add(state);
            assertThat(nodes.getLast().open(ClusterChild.GROUP, state).failure())
                    .as(what)
                    .isEmpty();
        }
        try {
            for (NumberState state : states) {
                Eventually.holds(() -> state.highest() >= processes.acknowledged());
                assertThat(state.hasAllUpTo(processes.acknowledged())).as(what).isTrue();
            }
        } finally {
            Peers.closeAll(nodes);
        }
    }
}
