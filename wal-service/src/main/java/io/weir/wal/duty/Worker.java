package io.weir.wal.duty;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that performs a duty and is parked while there is nothing to do.
 *
 * <p>Nothing but {@link #close} ends it. A step that throws is tried again after a pause that doubles from step to step
 * up to {@link #LONGEST_PAUSE}, however often it is signalled; until one succeeds, {@link #failure} says why.
 *
 * <p>Threading: {@link #signal} from any thread; it costs next to nothing when the thread is awake.
 */
public final class Worker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    private static final Duration JOIN_WAIT = Duration.ofSeconds(10);

    private final Duty duty;
    private final Thread thread;
    private final long firstPauseNanos;
    private long pauseNanos;
    private volatile @Nullable Throwable failure;
    private volatile boolean signalled;
    private volatile boolean closed;

    public Worker(Thread.Builder builder, String name, Duty duty) {
        this(builder, name, duty, FIRST_PAUSE);
    }

    Worker(Thread.Builder builder, String name, Duty duty, Duration firstPause) {
        this.duty = duty;
        this.firstPauseNanos = firstPause.toNanos();
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

    /** Why the last step failed; empty when it did not. */
    public Optional<String> failure() {
        return Optional.ofNullable(failure).map(bug -> thread.getName() + " fails: " + bug);
    }

    private void run() {
        while (!closed) {
            signalled = false;
            long idleNanos = step();
            if (failure != null) {
                pause();
            } else if (idleNanos == Duty.UNTIL_SIGNALLED) {
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
            long idleNanos = duty.work(System.nanoTime());
            failure = null;
            return idleNanos;
        } catch (RuntimeException | Error bug) {
            pauseNanos = failure == null ? firstPauseNanos : Math.min(2 * pauseNanos, LONGEST_PAUSE.toNanos());
            failure = bug;
            LOG.atError()
                    .setCause(bug)
                    .addKeyValue("worker", thread.getName())
                    .addKeyValue("waitMs", TimeUnit.NANOSECONDS.toMillis(pauseNanos))
                    .log("A step failed unexpectedly; it is tried again");
            return pauseNanos;
        }
    }

    private void pause() {
        long begin = System.nanoTime();
        for (long left = pauseNanos; left > 0 && !closed; left = pauseNanos - (System.nanoTime() - begin)) {
            LockSupport.parkNanos(this, left);
        }
    }

    /** Ends the thread after its present step, for which nobody waits. */
    public void end() {
        closed = true;
        LockSupport.unpark(thread);
    }

    /** Ends the thread after its present step, and waits for that for a while. */
    @Override
    public void close() {
        end();
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
