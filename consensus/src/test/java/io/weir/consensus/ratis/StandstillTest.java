package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class StandstillTest {
    /** A clock may begin anywhere, and pass the end of its range. */
    private long now = Long.MAX_VALUE - 5;

    private final Standstill standstill = new Standstill();

    private Duration at(long others, long committed) {
        now += 10;
        return standstill.at(others, committed, now);
    }

    @Test
    void lastsSinceTheFirstLookAtWhichItWasBehindWhereItStillIs() {
        assertThat(at(8, 7)).isZero();
        assertThat(at(8, 7)).isEqualTo(Duration.ofNanos(10));
        assertThat(at(9, 7)).isEqualTo(Duration.ofNanos(20));
    }

    @Test
    void isNoneWhereSomethingWasCommittedBetweenTwoLooks() {
        assertThat(at(8, 7)).isZero();
        assertThat(at(20, 8)).isZero();
        assertThat(at(30, 12)).isZero();
        assertThat(at(30, 12)).isEqualTo(Duration.ofNanos(10));
    }

    @Test
    void isNoneOfAnIdleGroupHoweverLongAgoItsLastEntryWas() {
        assertThat(at(7, 7)).isZero();
        assertThat(at(7, 7)).isZero();
        assertThat(at(8, 7)).isZero();
        assertThat(at(8, 8)).isZero();
        assertThat(at(9, 8)).isZero();
    }
}
