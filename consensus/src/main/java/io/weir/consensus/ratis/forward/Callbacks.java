package io.weir.consensus.ratis.forward;

import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs what gRPC calls back with, on threads of a pool as its own does; but where no thread can be made, whoever hands
 * the work over does it. gRPC loses for good what its executor refuses, be it the end of a stream: whoever waits for
 * that would wait until the process ends, long after there are threads again.
 *
 * <p>Threading: any thread.
 */
public final class Callbacks implements Executor {
    private static final Logger LOG = LoggerFactory.getLogger(Callbacks.class);
    private static final long IDLE_SECONDS = 60;

    /** Its threads end when there is nothing to do. */
    private static final Callbacks ALL = new Callbacks(new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform().daemon().name("consensus-calls-", 1).factory()));

    private final Executor pool;
    /** Told once each time: there may be thousands of callbacks a second. */
    private volatile boolean isShort;

    Callbacks(Executor pool) {
        this.pool = pool;
    }

    /** Of the process. */
    public static Callbacks all() {
        return ALL;
    }

    @Override
    public void execute(Runnable work) {
        try {
            pool.execute(work);
            if (isShort) {
                isShort = false;
            }
        } catch (RuntimeException | Error noThread) {
            if (!isShort) {
                isShort = true;
                LOG.atWarn().setCause(noThread).log("No thread can be made for callbacks, which run all the same");
            }
            work.run();
        }
    }
}
