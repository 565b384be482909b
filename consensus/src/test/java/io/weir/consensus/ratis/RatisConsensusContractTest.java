package io.weir.consensus.ratis;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.ConsensusContract;
import io.weir.contracts.consensus.Consensus;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class RatisConsensusContractTest extends ConsensusContract {
    @TempDir
    private Path directory;

    @Override
    protected Consensus start() {
        return new RatisConsensus(ConsensusConfig.defaults(directory), new SimpleMeterRegistry());
    }
}
