package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Admissions;
import io.weir.consensus.Cluster;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.identity.NodeId;
import io.weir.testsupport.consensus.JournalState;
import io.weir.testsupport.process.FreePorts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A group that the cluster was not founded with. */
class AddedGroupTest {
    private static final String LATER = "later";

    @TempDir
    private Path directory;

    private static ConsensusConfig withFounders(ConsensusConfig config, List<Peer> founders) {
        Cluster cluster = config.cluster().orElseThrow();
        return config.withCluster(new Cluster(
                cluster.node(),
                cluster.host(),
                cluster.port(),
                cluster.founders(),
                cluster.keepers(),
                group -> group.equals(LATER) ? founders : List.of(),
                false));
    }

    @Test
    void beginsWithItsOwnPeersAndTheOtherNodesAreAdmitted() throws Exception {
        // Given a node that came after the peers were written down
        try (Peers<JournalState> peers = new Peers<>(directory, 3, JournalState::new)) {
            List<Peer> two = peers.founders().subList(1, 3);
            peers.with(config -> withFounders(config, two));
            List<RatisConsensus> nodes = new ArrayList<>();
            for (int node = 1; node <= 3; node++) {
                nodes.add(peers.startConsensus(node));
            }
            peers.admit(peer -> Admissions.Verdict.WELCOME);

            // When
            List<JournalState> states = new ArrayList<>();
            List<ConsensusGroup> groups = new ArrayList<>();
            for (RatisConsensus node : nodes) {
                states.add(new JournalState());
                groups.add(node.open(LATER, states.getLast()));
            }

            // Then
            Eventually.holds(
                    () -> groups.getFirst().submit(JournalState.entry("entry")).join() instanceof Submission.Applied);
            for (JournalState state : states) {
                Eventually.holds(() -> state.texts().contains("entry"));
            }
            List<PeerId> ids = peers.founders().stream().map(Peer::id).toList();
            Eventually.holds(() -> groups.getFirst().membership().orElseThrow().peers().stream()
                    .map(Peer::id)
                    .toList()
                    .containsAll(ids));
            assertThat(groups.getFirst().membership().orElseThrow().peers()).hasSize(3);
        }
    }

    @Test
    void isFoundByANodeThatComesWhenThoseThatItBeganWithAreGone() throws Exception {
        // Given that the third node knows only the first address of the group's, where nobody listens any more
        try (Peers<JournalState> peers = new Peers<>(directory, 3, JournalState::new)) {
            List<Peer> two = peers.founders().subList(0, 2);
            Peer gone = new Peer(new PeerId(new NodeId(9), 1), "127.0.0.1", FreePorts.next());
            peers.with(config -> withFounders(config, two));
            List<RatisConsensus> nodes = new ArrayList<>(List.of(peers.startConsensus(1), peers.startConsensus(2)));
            peers.with(config -> withFounders(config, List.of(gone)));
            nodes.add(peers.startConsensus(3));
            peers.admit(peer -> Admissions.Verdict.WELCOME);
            for (RatisConsensus node : nodes.subList(0, 2)) {
                node.open(LATER, new JournalState());
            }

            // When
            ConsensusGroup third = nodes.getLast().open(LATER, new JournalState());

            // Then it asks those that it was told of, too
            Eventually.holds(() -> third.membership().orElseThrow().peers().size() == 3);
        }
    }
}
