package io.weir.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.kafka.protocol.ErrorTable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class CheckersTest {
    @Test
    void rejectsOneMoreThanMayWaitRetriably() throws Exception {
        try (ExecutorService checkers = KafkaGateway.checkers(1, 2)) {
            // Given a thread that is busy, and as many waiting as may
            CountDownLatch busy = new CountDownLatch(1);
            CountDownLatch go = new CountDownLatch(1);
            CompletableFuture<Void> first = CompletableFuture.runAsync(
                    () -> {
                        busy.countDown();
                        try {
                            assertThat(go.await(60, TimeUnit.SECONDS)).isTrue();
                        } catch (InterruptedException interrupted) {
                            throw new IllegalStateException(interrupted);
                        }
                    },
                    checkers);
            assertThat(busy.await(60, TimeUnit.SECONDS)).isTrue();
            CompletableFuture<Void> second = CompletableFuture.runAsync(() -> {}, checkers);
            CompletableFuture<Void> third = CompletableFuture.runAsync(() -> {}, checkers);

            // When
            assertThatThrownBy(() -> checkers.execute(() -> {}))
                    .isInstanceOfSatisfying(
                            RejectedExecutionException.class,
                            rejected -> assertThat(ErrorTable.of(rejected)).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER));

            // Then
            go.countDown();
            assertThat(CompletableFuture.allOf(first, second, third)).succeedsWithin(20, TimeUnit.SECONDS);
        }
    }
}
