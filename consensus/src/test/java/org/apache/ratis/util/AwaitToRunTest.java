package org.apache.ratis.util;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.consensus.Eventually;
import io.weir.consensus.ratis.RatisConsensus;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AwaitToRunTest {
    private final Semaphore begins = new Semaphore(0);
    private final Semaphore mayEnd = new Semaphore(0);
    private final AtomicInteger ended = new AtomicInteger();

    private void work() {
        begins.release();
        mayEnd.acquireUninterruptibly();
        if (ended.incrementAndGet() == 1) {
            throw new IllegalStateException("The first time");
        }
    }

    @Test
    void standsBeforeTheClassItReplaces() {
        assertThat(AwaitToRun.class.getProtectionDomain().getCodeSource())
                .isEqualTo(RatisConsensus.class.getProtectionDomain().getCodeSource());
        assertThat(AwaitToRun.waitsForNobody()).isTrue();
    }

    @Test
    void runsAgainForWhatCameMeanwhileAlsoAfterAFailure() throws Exception {
        try (AwaitToRun runs = new AwaitToRun("test", this::work).start()) {
            runs.signal();
            begins.acquire();
            runs.signal();
            runs.signal();
            mayEnd.release();
            begins.acquire();
            mayEnd.release();
            Eventually.holds(() -> ended.get() == 2);
            assertThat(begins.availablePermits()).isZero();
        }
    }

    /** A log that cannot be opened is never closed. */
    @Test
    void hasNoThreadBeforeTheFirstSignal() {
        try (AwaitToRun runs = new AwaitToRun("idle", this::work).start()) {
            assertThat(Thread.getAllStackTraces().keySet())
                    .noneMatch(thread -> thread.getName().equals(runs.toString()));
        }
    }

    @Test
    void closingWaitsForNoWorkAndNoneBeginsAfterIt() throws Exception {
        AwaitToRun runs = new AwaitToRun("test", this::work).start();
        runs.signal();
        begins.acquire();
        runs.signal();
        runs.close();
        runs.close();
        assertThat(ended).hasValue(0);
        mayEnd.release(2);
        Eventually.holds(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals(runs.toString())));
        assertThat(ended).hasValue(1);
    }
}
