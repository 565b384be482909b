package io.weir.wal.flush;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FlushPolicyTest {
    private static final long SECOND = 1_000_000_000L;

    private final FlushPolicy policy = new FlushPolicy(100, 10, Duration.ofSeconds(10), Duration.ofSeconds(180));

    @Test
    void enoughBytesOrBatchesAreDueAtOnce() {
        assertThat(policy.nanosLeft(99, 9, 0)).isPositive();
        assertThat(policy.nanosLeft(100, 1, 0)).isZero();
        assertThat(policy.nanosLeft(1, 10, 0)).isZero();
    }

    @Test
    void halfOfItWaitsForTheInterval() {
        assertThat(policy.nanosLeft(50, 1, 4 * SECOND)).isEqualTo(6 * SECOND);
    }

    @Test
    void littleWaitsForLong() {
        assertThat(policy.nanosLeft(49, 1, 10 * SECOND)).isEqualTo(170 * SECOND);
    }

    @Test
    void leftoversCannotBeDueBeforeTheRest() {
        assertThatThrownBy(() -> new FlushPolicy(100, 10, Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
