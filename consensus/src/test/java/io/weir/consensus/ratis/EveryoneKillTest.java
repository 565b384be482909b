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

/** Kills the leader of three processes that all submit. */
class EveryoneKillTest {
    private static final Duration ELECTION_TIMEOUT = Duration.ofMillis(500);

    @TempDir
    private Path directory;

    @Test
    void whatIsAcknowledgedIsThereOnceAndWhatIsRefusedNever() throws Exception {
        killAgainAndAgain(4, 20261121);
    }

    @Test
    @Tag("long")
    void whatIsAcknowledgedIsThereAfterTwentyLeaders() throws Exception {
        killAgainAndAgain(20, 20261122);
    }

    private void killAgainAndAgain(int kills, long seed) throws Exception {
        Random random = new Random(seed);
        ClusterProcesses processes = new ClusterProcesses(EveryoneChild.class, directory, seed, ELECTION_TIMEOUT);
        try {
            for (int node = 1; node <= ClusterProcesses.COUNT; node++) {
                processes.start(node);
            }
            for (int kill = 0; kill < kills; kill++) {
                // Given three processes that submit
                processes.awaitAcknowledgements(200 + random.nextInt(600));
                // When the one that leads is killed, which need not be the one that is acknowledged to
                int killed = processes.leader();
                processes.kill(killed);
                // Then the others go on, and it comes back
                processes.awaitAcknowledgements(100);
                processes.start(killed);
                processes.awaitReady(killed);
            }
            processes.awaitAcknowledgements(100);
        } finally {
            processes.killAll();
        }
        String what = "seed " + seed + ", " + processes.said("ack").size() + " acknowledged, "
                + processes.said("no").size() + " refused, "
                + processes.said("doubt").size() + " in doubt";
        System.out.println(what);
        assertThat(processes.said("failed")).as(what).isEmpty();
        assertThat(processes.said("no")).as(what).isNotEmpty();
        agree(processes, what);
    }

    /** A number that came twice would have failed its state. */
    private void agree(ClusterProcesses processes, String what) {
        List<Long> acknowledged =
                processes.said("ack").stream().map(Long::valueOf).toList();
        List<Long> refused = processes.said("no").stream().map(Long::valueOf).toList();
        List<RatisConsensus> nodes = new ArrayList<>();
        List<NumberState> states = new ArrayList<>();
        for (int node = 1; node <= ClusterProcesses.COUNT; node++) {
            nodes.add(new RatisConsensus(
                    ClusterChild.config(processes.directoryOf(node), node, processes.founders(), ELECTION_TIMEOUT),
                    new SimpleMeterRegistry()));
            states.add(new NumberState());
            assertThat(nodes.getLast()
                            .open(ClusterChild.GROUP, states.getLast())
                            .failure())
                    .as(what)
                    .isEmpty();
        }
        try {
            for (NumberState state : states) {
                Eventually.holds(() -> state.hasAll(acknowledged));
                assertThat(state.hasAnyOf(refused)).as(what).isFalse();
            }
        } finally {
            Peers.closeAll(nodes);
        }
    }
}
