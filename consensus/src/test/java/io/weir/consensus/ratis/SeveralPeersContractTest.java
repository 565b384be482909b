package io.weir.consensus.ratis;

import io.weir.consensus.ConsensusContract;
import io.weir.contracts.consensus.Consensus;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.testsupport.consensus.JournalState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** The contract, where a group of three peers is led. */
class SeveralPeersContractTest extends ConsensusContract {
    /** The contract tells of no entry that is refused since the leader changes. */
    private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(2);

    @TempDir
    private Path directory;

    private @Nullable Peers<JournalState> peers;

    /** The peer that is asked to lead; the contract is tested at the first. */
    protected int leader() {
        return 1;
    }

    @Override
    protected Consensus start() throws Exception {
        if (peers == null) {
            peers = new Peers<>(directory, 3, JournalState::new)
                    .with(config -> config.withElectionTimeout(ELECTION_TIMEOUT));
        }
        return new FirstOf(
                List.of(peers.startConsensus(1), peers.startConsensus(2), peers.startConsensus(3)),
                leader(),
                new HashMap<>());
    }

    /** Groups of all nodes, seen from the first. */
    private record FirstOf(List<RatisConsensus> nodes, int leader, Map<String, List<ConsensusGroup>> others)
            implements Consensus {
        @Override
        public ConsensusGroup open(String name, ReplicatedState state) {
            ConsensusGroup first = nodes.getFirst().open(name, state);
            List<ConsensusGroup> all = new ArrayList<>(List.of(first));
            all.addAll(others.computeIfAbsent(name, this::openOthers));
            Peers.standOrLead(all, all.get(leader - 1));
            return first;
        }

        private List<ConsensusGroup> openOthers(String name) {
            return nodes.stream()
                    .skip(1)
                    .map(node -> node.open(name, new Unshaken()))
                    .toList();
        }

        @Override
        public void close() {
            Peers.closeAll(nodes);
        }
    }
}
