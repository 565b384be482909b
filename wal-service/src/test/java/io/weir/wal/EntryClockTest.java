package io.weir.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class EntryClockTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration YEARS = Duration.ofDays(3650);

    private Instant wall = START;
    private long nanos = Long.MAX_VALUE - 1000;
    private final EntryClock clock = new EntryClock(() -> wall, () -> nanos);

    private void pass(Duration time) {
        wall = wall.plus(time);
        nanos += time.toNanos();
    }

    @Test
    void followsTheWallClockBackAndInSmallStepsForward() {
        wall = START.plus(EntryClock.LEAP);
        assertThat(clock.instant()).isEqualTo(wall);

        wall = START.minus(YEARS);
        assertThat(clock.instant()).isEqualTo(wall);
    }

    @Test
    void aLeapThatIsTakenBackIsNeverSeen() {
        wall = START.plus(YEARS);
        assertThat(clock.instant()).isEqualTo(START);
        pass(EntryClock.BELIEVED_AFTER.minusSeconds(1));
        assertThat(clock.instant()).isEqualTo(START.plus(EntryClock.BELIEVED_AFTER.minusSeconds(1)));

        wall = wall.minus(YEARS);

        assertThat(clock.instant()).isEqualTo(wall);
    }

    @Test
    void aLeapThatLastsIsBelieved() {
        wall = START.plus(EntryClock.LEAP).plusMillis(1);
        assertThat(clock.instant()).isEqualTo(START);

        pass(EntryClock.BELIEVED_AFTER);

        assertThat(clock.instant()).isEqualTo(wall);
    }

    @Test
    void aSecondLeapIsWaitedForAnew() {
        wall = START.plus(YEARS);
        assertThat(clock.instant()).isEqualTo(START);
        pass(Duration.ofMinutes(9));
        wall = wall.minus(YEARS);
        assertThat(clock.instant()).isEqualTo(wall);

        wall = wall.plus(YEARS);
        pass(Duration.ofMinutes(9));

        assertThat(clock.instant()).isEqualTo(wall.minus(YEARS));
    }
}
