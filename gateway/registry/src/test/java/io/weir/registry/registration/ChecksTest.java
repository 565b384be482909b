package io.weir.registry.registration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class ChecksTest {
    @Test
    void oneCheckMoreThanMayWaitIsRefused() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        try (Checks checks = new Checks(1, 2, Duration.ofMinutes(1));
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            // Given: one runs, two wait
            List<Future<Integer>> running = new ArrayList<>();
            running.add(clients.submit(() -> checks.run(() -> {
                begun.countDown();
                await(go);
                return 0;
            })));
            begun.await();
            running.add(clients.submit(() -> checks.run(() -> 1)));
            running.add(clients.submit(() -> checks.run(() -> 2)));
            while (checks.waiting() < 2) {
                Thread.onSpinWait();
            }

            // Then
            assertThatThrownBy(() -> checks.run(() -> 3))
                    .isInstanceOfSatisfying(
                            ServiceException.class,
                            refused -> assertThat(refused.code()).isEqualTo(FailureCode.OVERLOADED));
            go.countDown();
            for (int i = 0; i < 3; i++) {
                assertThat(running.get(i).get()).isEqualTo(i);
            }
            assertThat(checks.run(() -> 4)).isEqualTo(4);
        }
    }

    @Test
    void aCheckThatTakesTooLongIsNotWaitedFor() {
        CountDownLatch go = new CountDownLatch(1);
        try (Checks checks = new Checks(1, 1, Duration.ofMillis(10))) {
            assertThatThrownBy(() -> checks.run(() -> await(go)))
                    .isInstanceOfSatisfying(
                            ServiceException.class,
                            slow -> assertThat(slow.code()).isEqualTo(FailureCode.TIMED_OUT));
            go.countDown();
        }
    }

    @Test
    void aCommandWithoutOutcomeIsNotWaitedForEither() {
        assertThatThrownBy(() -> new Awaiting(Duration.ofMillis(10)).result(new CompletableFuture<>()))
                .isInstanceOfSatisfying(
                        ServiceException.class, slow -> assertThat(slow.code()).isEqualTo(FailureCode.TIMED_OUT));
    }

    private static boolean await(CountDownLatch latch) {
        try {
            latch.await();
            return true;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
