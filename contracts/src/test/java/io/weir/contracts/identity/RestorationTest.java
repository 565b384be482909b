package io.weir.contracts.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RestorationTest {
    private static final long RANGE = 100;

    private final Restoration first = new Restoration(1);

    @Test
    void numbersGoOnBehindWhatTheyHaveReached() {
        assertThat(first.goesOnAt(-1, RANGE)).isEqualTo(100);
        assertThat(first.goesOnAt(99, RANGE)).isEqualTo(100);
        assertThat(first.goesOnAt(100, RANGE)).isEqualTo(200);
        assertThat(first.goesOnAt(750, RANGE)).isEqualTo(800);
    }

    @Test
    void twoRestoresOfTheSameDoNotGiveTheSameOut() {
        assertThat(first.next().goesOnAt(5, RANGE)).isEqualTo(200);
        assertThat(first.next().goesOnAt(250, RANGE)).isEqualTo(300);
    }

    @Test
    void refusesANumberBeyondTheBounds() {
        assertThat(new Restoration(Restoration.MOST).number()).isEqualTo(1000);
        assertThatThrownBy(() -> new Restoration(Restoration.MOST).next()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Restoration(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
