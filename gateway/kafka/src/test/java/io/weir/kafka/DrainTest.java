package io.weir.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.contracts.cell.CellStore;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import io.weir.testsupport.process.Await;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DrainTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Test
    void aGatewayThatDrainsSignsOffAndItsCellsAreFree() {
        try (RunningGateway running = new RunningGateway()) {
            Await.until("its cells", PATIENCE, () -> owned(running) == CellStore.CELLS);
            assertThat(running.metadata.image().nodes()).hasSize(1);

            running.gateway.drain(PATIENCE);

            assertThat(running.metadata.image().nodes()).isEmpty();
            assertThat(owned(running)).isZero();
        }
    }

    @Test
    void drainsAlsoWhenItCannotSignOff() {
        try (RunningGateway running = new RunningGateway()) {
            Await.until("its cells", PATIENCE, () -> owned(running) == CellStore.CELLS);
            running.metadata.failNext(FailureCode.NOT_LEADER);

            running.gateway.drain(PATIENCE);

            assertThat(running.metadata.image().nodes())
                    .as("until its lease runs out")
                    .hasSize(1);
        }
    }

    private static long owned(RunningGateway running) {
        return IntStream.range(0, CellStore.CELLS)
                .filter(cell -> running.metadata
                        .image()
                        .cellOwner(new CellId(cell))
                        .filter(new NodeId(1)::equals)
                        .isPresent())
                .count();
    }
}
