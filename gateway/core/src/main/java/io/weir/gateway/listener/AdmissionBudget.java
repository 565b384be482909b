package io.weir.gateway.listener;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
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
    /** In the order of asking; one for each connection that waits. */
    private final Set<Runnable> waiting = new LinkedHashSet<>();

    private volatile boolean awaited;

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
        if (awaited && left < limitBytes) {
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

    /** Calls back once there is room, perhaps at once, unless {@link #forget} is called before. */
    void await(Runnable resume) {
        synchronized (waiting) {
            waiting.add(resume);
            awaited = true;
        }
        if (!exhausted()) {
            wake();
        }
    }

    /** Whoever waited is gone: nothing of it is held on to. */
    void forget(Runnable resume) {
        synchronized (waiting) {
            waiting.remove(resume);
            awaited = !waiting.isEmpty();
        }
    }

    int waiting() {
        synchronized (waiting) {
            return waiting.size();
        }
    }

    private void wake() {
        List<Runnable> due;
        synchronized (waiting) {
            due = List.copyOf(waiting);
            waiting.clear();
            awaited = false;
        }
        due.forEach(Runnable::run);
    }
}
