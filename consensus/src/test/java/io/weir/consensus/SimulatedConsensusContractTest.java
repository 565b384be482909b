package io.weir.consensus;

import io.weir.contracts.consensus.Consensus;
import io.weir.testsupport.consensus.SimulatedConsensus;

class SimulatedConsensusContractTest extends ConsensusContract {
    private final SimulatedConsensus simulated = SimulatedConsensus.automatic();

    @Override
    protected Consensus start() {
        return simulated;
    }
}
