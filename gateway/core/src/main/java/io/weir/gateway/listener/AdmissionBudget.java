package io.weir.gateway.listener;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Memory for requests of all connections: those being received, and those being answered.
 *
 * <p>Threading: any thread.
 */
final class AdmissionBudget {
    private final long limitBytes;
    private final AtomicLong used = new AtomicLong();
    private final AtomicLong answering = new AtomicLong();
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiters = new AtomicInteger();

    AdmissionBudget(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Takes memory, there being enough or not: what it is for has arrived already. */
    void take(long bytes) {
        used.addAndGet(bytes);
    }

    /** What was taken now belongs to a request that is being answered. */
    void answering(long bytes) {
        answering.addAndGet(bytes);
    }

    void release(long bytes) {
        long left = used.addAndGet(-bytes);
        if (waiters.get() > 0 && left < limitBytes) {
            wake();
        }
    }

    void answered(long bytes) {
        answering.addAndGet(-bytes);
        release(bytes);
    }

    boolean exhausted() {
        return used.get() >= limitBytes;
    }

    /** Whether everything taken belongs to frames that are not whole yet, so that no answer will free any. */
    boolean heldByUnfinishedFrames() {
        return exhausted() && answering.get() == 0;
    }

    long usedBytes() {
        return used.get();
    }

    /** Calls back once there is room; perhaps at once. */
    void await(Runnable resume) {
        waiters.incrementAndGet();
        waiting.add(resume);
        if (!exhausted()) {
            wake();
        }
    }

    private void wake() {
        for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
            waiters.decrementAndGet();
            next.run();
        }
    }
}
