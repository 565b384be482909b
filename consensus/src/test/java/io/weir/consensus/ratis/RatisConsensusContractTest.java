package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.ConsensusContract;
import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.Consensus;
import io.weir.contracts.consensus.Submission;
import io.weir.testsupport.consensus.JournalState;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.util.LifeCycle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RatisConsensusContractTest extends ConsensusContract {
    @TempDir
    private Path directory;

    @Override
    protected Consensus start() {
        return startIn(directory);
    }

    private static Consensus startIn(Path directory) {
        return new RatisConsensus(ConsensusConfig.defaults(directory), new SimpleMeterRegistry());
    }

    @Test
    void isNotClosedBeforeAGroupThatAThreadOfItsOwnCloses() throws Exception {
        DivisionInfo part;
        try (Consensus closing = startIn(directory.resolve("closing"))) {
            RatisGroup group = (RatisGroup) closing.open("journal", new JournalState());
            part = Optional.ofNullable(group.running()).orElseThrow().division().getInfo();
            // Given a state that throws, which ends its group
            assertThat(group.submit(JournalState.entry("throw")).get(60, TimeUnit.SECONDS))
                    .isInstanceOf(Submission.Unknown.class);
            DivisionInfo ending = part;
            Eventually.holds(() -> ending.getLifeCycleState().isClosingOrClosed());
        }
        // Then nobody touches its files any more
        assertThat(part.getLifeCycleState()).isEqualTo(LifeCycle.State.CLOSED);
    }
}
