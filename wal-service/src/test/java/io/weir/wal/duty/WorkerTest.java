package io.weir.wal.duty;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.testsupport.process.Await;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class WorkerTest {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private final AtomicInteger steps = new AtomicInteger();
    private volatile boolean broken = true;
    private Worker worker = new Worker(Thread.ofVirtual(), "none", nowNanos -> Duty.UNTIL_SIGNALLED);

    private void start(Duration firstPause) {
        worker = new Worker(
                Thread.ofPlatform().daemon(),
                "test-duty",
                nowNanos -> {
                    steps.incrementAndGet();
                    if (broken) {
                        throw new StackOverflowError("Fails for the test");
                    }
                    return Duty.UNTIL_SIGNALLED;
                },
                firstPause);
        worker.start();
    }

    @AfterEach
    void close() {
        worker.close();
    }

    @Test
    void triesAgainAfterAnErrorAndSaysWhyUntilItSucceeds() {
        // Given
        start(Duration.ofMillis(1));
        Await.until("the third step", LIMIT, () -> steps.get() >= 3);
        assertThat(worker.failure())
                .hasValueSatisfying(why -> assertThat(why).contains("test-duty", "Fails for the test"));

        // When
        broken = false;

        // Then
        Await.until("a step succeeds", LIMIT, () -> worker.failure().isEmpty());
        int before = steps.get();
        worker.signal();
        Await.until("the thread still hears signals", LIMIT, () -> steps.get() > before);
    }

    @Test
    void doesNotSpinWhenItIsSignalledWhileItFails() {
        // Given
        start(LIMIT);
        Await.until("the first step failed", LIMIT, () -> worker.failure().isPresent());

        // When
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < Duration.ofMillis(300).toNanos()) {
            worker.signal();
            LockSupport.parkNanos(100_000);
        }

        // Then
        assertThat(steps).hasValue(1);
    }

    @Test
    void canBeClosedWhileItPauses() {
        start(Duration.ofHours(1));
        Await.until("the first step failed", LIMIT, () -> worker.failure().isPresent());

        long begin = System.nanoTime();
        worker.close();

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(LIMIT);
    }
}
