package io.weir.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StopSignalTest {
    @Test
    void nothingIsLeftForTheEndOfTheProcessOnceTheCommandHasEnded() {
        // Given
        Thread hook;
        try (StopSignal stop = new StopSignal()) {
            // When
            hook = stop.onSignal(() -> {});
        }

        // Then
        assertThat(Runtime.getRuntime().removeShutdownHook(hook)).isFalse();
    }

    @Test
    void aSignalIsToldAndWaitsForTheCommandOnly() throws Exception {
        // Given
        CountDownLatch told = new CountDownLatch(1);
        Thread hook;
        try (StopSignal stop = new StopSignal()) {
            hook = stop.onSignal(told::countDown);

            // When the signal comes
            hook.start();

            // Then
            assertThat(told.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(hook.isAlive()).isTrue();
        }
        assertThat(hook.join(Duration.ofSeconds(30))).isTrue();
    }
}
