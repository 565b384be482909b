package io.weir.wal.state;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SequencesTest {
    private static final int MAX = Integer.MAX_VALUE;

    @Test
    void aRunHoldsWhatWasAppendedAndNothingElse() {
        long run = Sequences.upTo(Sequences.run(10, 12), 20);

        assertThat(Sequences.lastOf(run)).isEqualTo(20);
        assertThat(Sequences.holds(run, 10, 0, 0)).isTrue();
        assertThat(Sequences.holds(run, 10, 10, 0)).isTrue();
        assertThat(Sequences.holds(run, 20, 0, 0)).isTrue();
        assertThat(Sequences.holds(run, 9, 0, 0)).isFalse();
        assertThat(Sequences.holds(run, 9, 3, 0)).isFalse();
        assertThat(Sequences.holds(run, 20, 1, 0)).isFalse();
        assertThat(Sequences.holds(run, 21, 0, 0)).isFalse();
        assertThat(Sequences.holds(run, 1 << 30, 0, 0)).isFalse();
        assertThat(Sequences.holds(run, 10, 2, 8)).isTrue();
        assertThat(Sequences.holds(run, 10, 2, 9)).isFalse();
    }

    @Test
    void goesOnAtZeroAfterTheLargest() {
        assertThat(Sequences.following(MAX)).isZero();
        assertThat(Sequences.last(MAX, 2)).isEqualTo(1);
        long run = Sequences.upTo(Sequences.run(MAX, MAX), 3);

        assertThat(Sequences.lastOf(run)).isEqualTo(3);
        assertThat(Sequences.holds(run, MAX, 0, 0)).isTrue();
        assertThat(Sequences.holds(run, MAX, 4, 0)).isTrue();
        assertThat(Sequences.holds(run, MAX, 5, 0)).isFalse();
        assertThat(Sequences.holds(run, MAX - 1, 0, 0)).isFalse();
        assertThat(Sequences.holds(run, 4, 0, 0)).isFalse();
    }

    @Test
    void ofAVeryLongRunTheBeginningIsForgotten() {
        long run = Sequences.run(0, 0);
        for (int last : new int[] {1 << 29, 1 << 30, (1 << 30) + (1 << 29), MAX, 5}) {
            run = Sequences.upTo(run, last);
        }

        assertThat(Sequences.lastOf(run)).isEqualTo(5);
        assertThat(Sequences.holds(run, 0, 5, 0)).isTrue();
        assertThat(Sequences.holds(run, MAX, 0, 0)).isTrue();
        assertThat(Sequences.holds(run, (1 << 30) + 10, 0, 0)).isTrue();
        assertThat(Sequences.holds(run, 6, 0, 0)).isFalse();
        assertThat(Sequences.holds(run, 1 << 29, 0, 0)).isFalse();
    }

    @Test
    void aRunWhoseFirstIsUnknownHoldsNothing() {
        long run = Sequences.upTo(12L, 20);

        assertThat(Sequences.lastOf(run)).isEqualTo(20);
        assertThat(Sequences.holds(run, 20, 0, 0)).isFalse();
        assertThat(Sequences.holds(run, 0, 0, 0)).isFalse();
    }
}
