package io.weir.wal.duty;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that performs a duty and is parked while there is nothing to do.
 *
 * <p>Threading: {@link #signal} from any thread; it costs next to nothing when the thread is awake.
 */
public final class Worker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final long PAUSE_AFTER_BUG_NANOS = Duration.ofSeconds(1).toNanos();
    private static final Duration JOIN_WAIT = Duration.ofSeconds(10);

    private final Duty duty;
    private final Thread thread;
    private volatile boolean signalled;
    private volatile boolean closed;

    public Worker(Thread.Builder builder, String name, Duty duty) {
        this.duty = duty;
        this.thread = builder.name(name).unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /** There may be something to do. */
    public void signal() {
        if (!signalled) {
            signalled = true;
            LockSupport.unpark(thread);
        }
    }

    private void run() {
        while (!closed) {
            signalled = false;
            long idleNanos = step();
            if (idleNanos == Duty.UNTIL_SIGNALLED) {
                while (!signalled && !closed) {
                    LockSupport.park(this);
                }
            } else if (idleNanos > 0 && !signalled && !closed) {
                LockSupport.parkNanos(this, idleNanos);
            }
        }
    }

    private long step() {
        try {
            return duty.work(System.nanoTime());
        } catch (RuntimeException bug) {
            LOG.atError()
                    .setCause(bug)
                    .addKeyValue("worker", thread.getName())
                    .log("A step failed unexpectedly; it is tried again");
            return PAUSE_AFTER_BUG_NANOS;
        }
    }

    /** Ends the thread after its present step. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        if (Thread.currentThread().equals(thread) || thread.getState() == Thread.State.NEW) {
            return;
        }
        try {
            thread.join(JOIN_WAIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
