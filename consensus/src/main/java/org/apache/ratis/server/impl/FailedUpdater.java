package org.apache.ratis.server.impl;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.LifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets Weir end parts of groups whose state fails while they are being closed: a snapshot of the leader's that cannot
 * be restored, an entry that cannot be read. Ratis' thread that applies entries then neither goes on nor ends, but
 * spins, and whoever closes the part waits for it for ever. One that is told to stop once more ends. Nothing of Ratis'
 * is replaced.
 *
 * <p>Threading: any thread.
 */
public final class FailedUpdater implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FailedUpdater.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final Collection<RaftServer.Division> closing;
    private final CountDownLatch closed = new CountDownLatch(1);

    private FailedUpdater(Collection<RaftServer.Division> closing) {
        this.closing = closing;
    }

    /**
     * Sees to these from now on, which are about to be closed; until it is closed itself. Not to those that are being
     * closed already: where their own threads that apply entries do so, one told to stop once more would wait for
     * itself.
     */
    public static FailedUpdater seeTo(Collection<RaftServer.Division> closing) {
        FailedUpdater all = new FailedUpdater(closing.stream()
                .filter(division -> !division.getInfo().getLifeCycleState().isClosingOrClosed())
                .toList());
        Thread.ofVirtual().name("consensus-closing").start(all::stopAgain);
        return all;
    }

    private void stopAgain() {
        try {
            for (Duration pause = FIRST_PAUSE; !closed.await(pause.toMillis(), TimeUnit.MILLISECONDS); ) {
                closing.forEach(division -> Thread.ofVirtual()
                        .name("consensus-closing-" + division.getMemberId())
                        .start(() -> stop(division)));
                pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : pause;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One that has not failed is told so already, and this waits for it to end as its closing does. */
    private static void stop(RaftServer.Division division) {
        try {
            if (division.getInfo().getLifeCycleState() == LifeCycle.State.CLOSING) {
                ((RaftServerImpl) division).getState().getStateMachineUpdater().stopAndJoin();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.atDebug().setCause(e).log("{} was not told again to stop", division.getMemberId());
        }
    }

    /** They are closed. */
    @Override
    public void close() {
        closed.countDown();
    }
}
