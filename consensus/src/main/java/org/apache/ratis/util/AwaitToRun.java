package org.apache.ratis.util;

import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the place of Ratis' class of this name, whose closing waits for its thread to end. A log is closed under the
 * lock which that thread takes to evict what the log has cached: a log that was closed just when a file of it was full,
 * as one whose disk is full is, waited for ever, and with it whoever opens or ends groups (ADR 7). This one does not
 * wait; what its thread still runs then, it runs on a log that is closed. It must stand before Ratis' own on the class
 * path.
 *
 * <p>Threading: any thread.
 */
public final class AwaitToRun implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AwaitToRun.class);

    private final String name;
    private final Semaphore signals = new Semaphore(0);
    private final Runnable work;
    private @Nullable Thread thread;
    private volatile boolean isClosed;

    /** @param work what runs once for all signals that come before it begins */
    public AwaitToRun(Object namePrefix, Runnable work) {
        this.name = namePrefix + "-" + AwaitToRun.class.getSimpleName();
        this.work = work;
    }

    /** What the original does not: says that this class was loaded. */
    public static boolean waitsForNobody() {
        return true;
    }

    /** The thread begins with the first signal: a log that cannot be opened is never closed, and would keep it. */
    public AwaitToRun start() {
        return this;
    }

    /** The work is to be done, again if it is being done. Called by whoever writes to a log: it does not fail. */
    public void signal() {
        signals.release();
        begin();
    }

    private synchronized void begin() {
        if (thread != null || isClosed) {
            return;
        }
        Thread next = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
        try {
            next.start();
            thread = next;
        } catch (OutOfMemoryError noThread) {
            LOG.atWarn().setCause(noThread).log("{}: no thread can be made; the next signal tries again", name);
        }
    }

    /** No work begins any more; what has begun goes on. */
    @Override
    public synchronized void close() {
        isClosed = true;
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void run() {
        while (!isClosed) {
            try {
                signals.acquire();
                signals.drainPermits();
            } catch (InterruptedException closed) {
                return;
            }
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                LOG.atError().setCause(e).log("{}: what it runs has failed", name);
            }
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
