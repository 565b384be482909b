package io.weir.consensus.ratis;

import io.weir.consensus.ConsensusContract;
import io.weir.contracts.consensus.Consensus;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.testsupport.consensus.JournalState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** The contract, where a group of three peers is led. */
class SeveralPeersContractTest extends ConsensusContract {
    @TempDir
    private Path directory;

    private @Nullable Peers<JournalState> peers;

    @Override
    protected Consensus start() throws Exception {
        if (peers == null) {
            peers = new Peers<>(directory, 3, JournalState::new).with(config -> config);
        }
        return new LedByTheFirst(List.of(peers.startConsensus(1), peers.startConsensus(2), peers.startConsensus(3)));
    }

    /** Groups of all nodes, seen from the first. */
    private record LedByTheFirst(List<RatisConsensus> nodes, Map<String, List<ConsensusGroup>> followers)
            implements Consensus {
        LedByTheFirst(List<RatisConsensus> nodes) {
            this(nodes, new HashMap<>());
        }

        @Override
        public ConsensusGroup open(String name, ReplicatedState state) {
            ConsensusGroup first = nodes.getFirst().open(name, state);
            List<ConsensusGroup> all = new ArrayList<>(followers.computeIfAbsent(name, this::openFollowers));
            all.add(first);
            Peers.lead(all, first);
            return first;
        }

        private List<ConsensusGroup> openFollowers(String name) {
            return nodes.stream()
                    .skip(1)
                    .map(node -> node.open(name, new JournalState()))
                    .toList();
        }

        @Override
        public void close() {
            Peers.closeAll(nodes);
        }
    }
}
