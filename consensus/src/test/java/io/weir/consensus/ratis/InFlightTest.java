package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.Eventually;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.consensus.Submission;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InFlightTest {
    private static final int IN_FLIGHT = 3;
    private static final int ENTRY_BYTES = 1 << 20;

    @TempDir
    private Path directory;

    private ConsensusConfig config(int entries, int bytes) {
        return new ConsensusConfig(
                directory,
                new ConsensusConfig.Limits(ENTRY_BYTES, ENTRY_BYTES),
                Map.of(),
                entries,
                bytes,
                Duration.ofMillis(100),
                Duration.ofSeconds(60),
                Duration.ofMillis(50),
                Duration.ofMillis(200),
                0);
    }

    /** Applies nothing before it is told to. */
    private static final class HeldUp implements ReplicatedState {
        private final CountDownLatch released = new CountDownLatch(1);

        @Override
        public void reset() {}

        @Override
        public void restore(InputStream snapshot, LogPosition position) {}

        @Override
        public Object apply(LogPosition position, List<ByteBuffer> entry) {
            try {
                assertThat(released.await(60, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return position;
        }

        @Override
        public Frozen freeze() {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void theEntryAboveTheBoundWaits() throws Exception {
        oneMoreWaits(config(IN_FLIGHT, 64 << 20), 100);
    }

    @Test
    void theByteAboveTheBoundWaits() throws Exception {
        oneMoreWaits(config(1000, IN_FLIGHT * ENTRY_BYTES), ENTRY_BYTES);
    }

    private static void oneMoreWaits(ConsensusConfig config, int size) throws Exception {
        HeldUp state = new HeldUp();
        try (RatisConsensus consensus = new RatisConsensus(config, new SimpleMeterRegistry())) {
            ConsensusGroup group = consensus.open("journal", state);
            // Given as many in flight as there may be
            for (int i = 0; i < IN_FLIGHT; i++) {
                assertThat(group.submit(List.of(ByteBuffer.allocate(size)))).isNotDone();
            }
            // When one more is submitted
            CompletableFuture<Submission> outcome = new CompletableFuture<>();
            Thread submitter = Thread.ofPlatform()
                    .start(() -> outcome.complete(
                            group.submit(List.of(ByteBuffer.allocate(size))).join()));
            // Then its submitter waits until there is room
            Eventually.holds(() -> submitter.getState() == Thread.State.WAITING);
            assertThat(outcome).isNotDone();
            state.released.countDown();
            assertThat(outcome.get(30, TimeUnit.SECONDS)).isInstanceOf(Submission.Applied.class);
        }
    }

    @Test
    void refusesSettingsOutOfBounds() {
        assertThatIllegalArgumentException().isThrownBy(() -> config(0, 64 << 20));
        assertThatIllegalArgumentException().isThrownBy(() -> config(1, ENTRY_BYTES - 1));
        assertThatIllegalArgumentException().isThrownBy(() -> config(1, (512 << 20) + 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ConsensusConfig.Limits(ConsensusGroup.MAX_ENTRY_BYTES + 1, ENTRY_BYTES));
        assertThatIllegalArgumentException().isThrownBy(() -> new ConsensusConfig.Limits(1023, ENTRY_BYTES));
        assertThatIllegalArgumentException().isThrownBy(() -> new ConsensusConfig.Limits(ENTRY_BYTES, (256 << 20) + 1));
    }
}
