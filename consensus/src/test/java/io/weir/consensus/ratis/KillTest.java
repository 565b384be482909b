package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KillTest {
    private static final int SEGMENT_BYTES = 1 << 20;

    @TempDir
    private Path directory;

    @Test
    void everyAcknowledgedEntrySurvivesSigkillUnderLoad() throws Exception {
        long seed = 20261121;
        Random random = new Random(seed);
        long acknowledged = -1;
        for (int kill = 0; kill < 4; kill++) {
            // Given a process under load, with snapshots now and then
            ChildProcess child = ChildProcess.start(List.of(), directory, seed + kill, 0, SEGMENT_BYTES);
            // When it is killed at some moment
            child.awaitAcknowledged(50 + random.nextInt(400));
            child.kill();
            // Then the next one has everything
            acknowledged = Math.max(acknowledged, child.acknowledged());
            assertThat(child.acknowledged()).as("seed %d, kill %d", seed, kill).isPositive();
            NumberState state = new NumberState();
            try (RatisConsensus consensus = consensus()) {
                assertThat(consensus.open("load", state).failure()).isEmpty();
            }
            assertThat(state.hasAllUpTo(acknowledged))
                    .as("seed %d, kill %d: all up to %d", seed, kill, acknowledged)
                    .isTrue();
        }
    }

    private RatisConsensus consensus() {
        return new RatisConsensus(
                ConsensusConfig.defaults(directory)
                        .withLimits("load", new ConsensusConfig.Limits(1 << 20, SEGMENT_BYTES)),
                new SimpleMeterRegistry());
    }
}
