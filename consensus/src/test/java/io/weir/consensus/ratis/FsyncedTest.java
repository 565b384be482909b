package io.weir.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FsyncedTest {
    private final AtomicLong index = new AtomicLong(4);
    private final Fsynced fsynced = new Fsynced();

    private CompletableFuture<Void> upTo(long last) {
        return fsynced.upTo(last, index::get);
    }

    @Test
    void waitsForNothingThatIsFsynced() {
        assertThat(upTo(4)).isCompleted();
    }

    @Test
    void endsWhatIsFsyncedAndNothingElse() {
        CompletableFuture<Void> five = upTo(5);
        CompletableFuture<Void> seven = upTo(7);
        fsynced.look(index::get);
        assertThat(five).isNotDone();

        index.set(6);
        fsynced.look(index::get);
        assertThat(five).isCompleted();
        assertThat(seven).isNotDone();

        index.set(7);
        fsynced.look(index::get);
        assertThat(seven).isCompleted();
    }

    @Test
    void nobodyWaitsBehindItsEnd() {
        CompletableFuture<Void> five = upTo(5);
        fsynced.end();
        assertThat(five).failsWithin(Duration.ZERO);
        assertThat(upTo(5)).failsWithin(Duration.ZERO);
        assertThat(upTo(4)).isCompleted();
    }
}
