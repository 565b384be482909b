package io.weir.kafka.group.lag;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EndHistoryTest {
    private final EndHistory history = new EndHistory();

    @Test
    void interpolatesBetweenSamples() {
        history.sample(1_000, 100);
        history.sample(3_000, 300);

        assertThat(history.timeOf(100, 9_000)).isEqualTo(1_000);
        assertThat(history.timeOf(200, 9_000)).isEqualTo(2_000);
        assertThat(history.timeOf(300, 9_000)).isEqualTo(3_000);
    }

    @Test
    void saysNoMoreThanItsOldestSampleOfWhatIsOlder() {
        history.sample(1_000, 100);

        assertThat(history.timeOf(50, 9_000)).isEqualTo(1_000);
        assertThat(new EndHistory().timeOf(50, 9_000)).isEqualTo(9_000);
    }

    @Test
    void knowsHowLongTheEndStoodStill() {
        history.sample(1_000, 100);
        history.sample(3_000, 100);
        history.sample(5_000, 100);
        history.sample(6_000, 200);

        assertThat(history.timeOf(100, 9_000)).isEqualTo(5_000);
        assertThat(history.timeOf(150, 9_000)).isEqualTo(5_500);
        assertThat(history.size()).isEqualTo(3);
    }

    @Test
    void forgetsWhatTheConsumerHasPassed() {
        history.sample(1_000, 100);
        history.sample(2_000, 200);
        history.sample(3_000, 300);

        history.passed(250);

        assertThat(history.size()).isEqualTo(2);
        assertThat(history.timeOf(250, 9_000)).isEqualTo(2_500);
    }

    @Test
    void holdsAHistoryOfAnyLengthInBoundedRoom() {
        for (int second = 0; second < 10_000; second++) {
            history.sample(second * 1_000L, second * 10L);
        }

        assertThat(history.size()).isLessThanOrEqualTo(16);
        assertThat(history.timeOf(0, 0)).isZero();
        assertThat(history.timeOf(50_000, 0)).isBetween(4_999_000L, 5_001_000L);
    }

    @Test
    void ignoresSamplesThatGoBack() {
        history.sample(1_000, 100);
        history.sample(900, 200);
        history.sample(2_000, 99);

        assertThat(history.size()).isEqualTo(1);
    }
}
