package io.weir.kafka.fetch;

import io.weir.contracts.read.TailReader.Watch;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Memory for answers that are not written yet. When much of it is taken, answers get smaller; when all is, fetches
 * wait. It is overdrawn by one batch at most: a first batch comes whole, however big it is.
 *
 * <p>Threading: any thread.
 */
final class FetchBudget {
    static final int LEAST_BYTES = 64 << 10;

    private final long limitBytes;
    private final AtomicLong used = new AtomicLong();
    /** In the order of asking; one for each fetch that waits. */
    private final Set<Runnable> waiting = new LinkedHashSet<>();

    FetchBudget(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Takes up to so many bytes, and tells how many: none when all are taken. */
    int take(int wantedBytes) {
        while (true) {
            long now = used.get();
            if (now >= limitBytes) {
                return 0;
            }
            int granted = (int) Math.min(wantedBytes, Math.max((limitBytes - now) / 2, LEAST_BYTES));
            if (used.compareAndSet(now, now + granted)) {
                return granted;
            }
        }
    }

    /**
     * Takes more for a batch that is bigger than what was granted, unless others have taken all.
     *
     * @param granted what the caller has
     */
    boolean extend(long granted, long bytes) {
        while (true) {
            long now = used.get();
            if (now - granted >= limitBytes) {
                return false;
            }
            if (used.compareAndSet(now, now + bytes)) {
                return true;
            }
        }
    }

    /** Gives back. */
    void release(long bytes) {
        if (bytes > 0 && used.addAndGet(-bytes) < limitBytes) {
            wake();
        }
    }

    /** Calls back once there is room, perhaps at once, unless it is closed before. */
    Watch await(Runnable resume) {
        synchronized (waiting) {
            waiting.add(resume);
        }
        if (used.get() < limitBytes) {
            wake();
        }
        return () -> {
            synchronized (waiting) {
                waiting.remove(resume);
            }
        };
    }

    private void wake() {
        List<Runnable> due;
        synchronized (waiting) {
            due = List.copyOf(waiting);
            waiting.clear();
        }
        due.forEach(Runnable::run);
    }

    long usedBytes() {
        return used.get();
    }
}
