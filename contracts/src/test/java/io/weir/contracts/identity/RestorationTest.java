package io.weir.contracts.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RestorationTest {
    private static final long RANGE = 100;

    private final Restoration first = new Restoration(1);

    @Test
    void numbersGoOnInARangeOfTheirLife() {
        assertThat(first.goesOnAt(-1, RANGE)).isEqualTo(100);
        assertThat(first.goesOnAt(75, RANGE)).isEqualTo(100);
        assertThat(new Restoration(7).goesOnAt(75, RANGE)).isEqualTo(700);
        assertThat(new Restoration(7).goesOnAt(675, RANGE)).isEqualTo(700);
    }

    @Test
    void whatWasGivenOutSinceTheBackupHasRoom() {
        assertThat(first.goesOnAt(76, RANGE)).isEqualTo(1002 * RANGE);
        assertThat(first.goesOnAt(100_175, RANGE)).isEqualTo(1002 * RANGE);
        assertThat(first.goesOnAt(100_176, RANGE)).isEqualTo(2003 * RANGE);
    }

    /** A backup may hold numbers far beyond the range of its life, as the ids of imported schemas. */
    @Test
    void noTwoRestoresBeginInOneRangeWhateverTheyBeginWith() {
        Map<Long, Long> restores = new HashMap<>();
        for (long reached = 0; reached < 500 * RANGE; reached += 25) {
            for (long number = 1; number <= 20; number++) {
                long next = new Restoration(number).goesOnAt(reached, RANGE);
                assertThat(next).isGreaterThanOrEqualTo(reached + RANGE / 4);
                assertThat(restores.getOrDefault(next / RANGE, number))
                        .as("whose range begins at %d", next)
                        .isEqualTo(number);
                restores.put(next / RANGE, number);
            }
        }
        assertThat(first.next().goesOnAt(250, RANGE)).isNotEqualTo(first.goesOnAt(250, RANGE));
    }

    @Test
    void refusesWhatCannotBeCountedFurther() {
        assertThatThrownBy(() -> first.goesOnAt(Long.MAX_VALUE - RANGE, RANGE)).isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> first.goesOnAt(0, 3)).isInstanceOf(IllegalArgumentException.class);
        assertThat(first.goesOnAt(0, 4)).isEqualTo(4);
    }

    @Test
    void refusesANumberBeyondTheBounds() {
        assertThat(new Restoration(Restoration.MOST).number()).isEqualTo(1000);
        assertThatThrownBy(() -> new Restoration(Restoration.MOST).next()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Restoration(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
