package io.weir.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.wal.state.TailEntry;
import org.junit.jupiter.api.Test;

class WalConfigTest {
    private static final long POSITION_BYTES = 16L << 20;

    @Test
    void theTailIsFlushedWellBeforeItsPositionsTakeWhatTheyMay() {
        WalConfig small = WalConfig.standard().withPositions(POSITION_BYTES);

        long batches = small.flushPolicy().flushBatches();

        assertThat(TailEntry.positionBytes(batches, batches)).isBetween(POSITION_BYTES / 4, POSITION_BYTES / 2);
        assertThat(small.appendLimits().positionBytes()).isEqualTo(POSITION_BYTES);
    }
}
