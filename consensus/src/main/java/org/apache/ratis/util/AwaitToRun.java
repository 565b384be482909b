package org.apache.ratis.util;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
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
    private final Thread thread;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    /** @param work what runs once for all signals that come before it begins */
    public AwaitToRun(Object namePrefix, Runnable work) {
        this.name = namePrefix + "-" + AwaitToRun.class.getSimpleName();
        this.work = work;
        this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    }

    /** What the original does not: says that this class was loaded. */
    public static boolean waitsForNobody() {
        return true;
    }

    /** Once, and before it is closed. */
    public AwaitToRun start() {
        thread.start();
        return this;
    }

    /** The work is to be done, again if it is being done. */
    public void signal() {
        signals.release();
    }

    /** No work begins any more; what has begun goes on. */
    @Override
    public void close() {
        if (isClosed.compareAndSet(false, true)) {
            thread.interrupt();
        }
    }

    private void run() {
        while (!isClosed.get()) {
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
