package io.weir.metadata;

import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.metadata.ClusterNode;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process among the nodes. While another one leads, it passes a barrier of the metadata group every third of a
 * lease: the leader hears of it, which renews the node's lease, and it learns that its image was current when the
 * barrier was sent. A node that was announced, and that the image has lost (a pause longer than the lease), is
 * announced again.
 *
 * <p>Who leads has no lease, and its image is current: it renews nothing. Nor does who knows of no leader. So a process
 * that is alone never wakes up.
 *
 * <p>Threading: any thread. The group is called by the alarm's thread only.
 */
final class Presence implements AutoCloseable {
    /** Never known to be current: older than any bound. */
    static final Duration NEVER = Duration.ofNanos(Long.MAX_VALUE);

    private static final Logger LOG = LoggerFactory.getLogger(Presence.class);
    private static final int RENEWALS_PER_LEASE = 3;

    private final Group group;
    private final Alarm alarm;
    private final LongSupplier nanos;
    private final Duration lease;
    private final long intervalNanos;

    private Leadership leadership = new Leadership.Following();
    private boolean everCurrent;
    private long currentNanos;
    private int inFlight;
    private @Nullable Runnable nextRenewal;

    private @Nullable ClusterNode announced;
    /** The image has shown what was announced, so that its absence means that the lease ran out. */
    private boolean shown;

    private boolean returning;
    private boolean started;
    private boolean closed;

    /** The metadata group, as far as this concerns it. */
    interface Group {
        /** As of the consensus port. */
        CompletableFuture<Void> barrier();

        /** Whether the image has the node, as it was announced. */
        boolean shows(ClusterNode node);

        /** Fails when the node could not be registered. */
        CompletableFuture<?> register(ClusterNode node);

        /** The image was current a moment ago. */
        void confirmed();
    }

    /** Wakes somebody up, once. */
    interface Alarm {
        /** Runs the work after the delay, on the alarm's thread; what is returned calls it off. */
        Runnable after(long delayNanos, Runnable work);
    }

    /** @param nanos monotonic time, never the time of day */
    Presence(Group group, Alarm alarm, LongSupplier nanos, Duration lease) {
        this.group = group;
        this.alarm = alarm;
        this.nanos = nanos;
        this.lease = lease;
        this.intervalNanos = lease.toNanos() / RENEWALS_PER_LEASE;
    }

    /** The group can be called from now on. */
    synchronized void start() {
        started = true;
        renewIn(0);
    }

    /** Who leads has changed. */
    synchronized void leadershipChanged(Leadership now) {
        if (leadership instanceof Leadership.Leading) {
            current(nanos.getAsLong());
        }
        leadership = now;
        renewIn(0);
    }

    private boolean followsALeader() {
        return leadership instanceof Leadership.Following(var leader) && leader.isPresent();
    }

    /** Calls off the next renewal; sets another one when there is somebody to hear of it. */
    private void renewIn(long delayNanos) {
        if (nextRenewal != null) {
            nextRenewal.run();
            nextRenewal = null;
        }
        if (started && !closed && followsALeader()) {
            nextRenewal = alarm.after(delayNanos, this::renew);
        }
    }

    /** The answers of one lease may be on their way; a leader that answers none of them is not one. */
    private void renew() {
        synchronized (this) {
            renewIn(intervalNanos);
            if (nextRenewal == null || inFlight >= RENEWALS_PER_LEASE) {
                return;
            }
            inFlight++;
        }
        long sentNanos = nanos.getAsLong();
        var _ = barrier()
                .copy()
                .orTimeout(lease.toNanos(), TimeUnit.NANOSECONDS)
                .whenComplete((passed, failure) -> renewed(sentNanos, failure));
    }

    /** One that cannot be asked for, where no thread can be made, fails as one that is not answered. */
    private CompletableFuture<Void> barrier() {
        try {
            return group.barrier();
        } catch (RuntimeException | Error refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    private void renewed(long sentNanos, @Nullable Throwable failure) {
        synchronized (this) {
            inFlight--;
            if (failure == null) {
                current(sentNanos);
            }
        }
        if (failure != null) {
            LOG.atDebug().setCause(failure).log("A renewal was not answered; trying again");
            return;
        }
        group.confirmed();
        imageChanged();
    }

    private void current(long atNanos) {
        if (!everCurrent || atNanos - currentNanos > 0) {
            everCurrent = true;
            currentNanos = atNanos;
        }
    }

    /** How long ago the image was known to be current. */
    synchronized Duration age() {
        if (leadership instanceof Leadership.Leading) {
            return Duration.ZERO;
        }
        return everCurrent ? Duration.ofNanos(nanos.getAsLong() - currentNanos) : NEVER;
    }

    /**
     * The node shall be in the image from now on, once it has been. It may be there already, by an earlier life of this
     * process whose lease has not run out: then no entry tells of it.
     */
    synchronized void announce(ClusterNode node) {
        announced = node;
        shown = group.shows(node);
    }

    /** The node is to stay away from now on. */
    synchronized void withdraw() {
        announced = null;
    }

    /** Looks whether the node is still there. */
    void imageChanged() {
        synchronized (this) {
            if (announced == null || closed) {
                return;
            }
            if (group.shows(announced)) {
                shown = true;
                return;
            }
            if (!started || !shown || returning) {
                return;
            }
            returning = true;
            LOG.atWarn().addKeyValue("nodeId", announced.id()).log("This node's lease ran out; announcing it again");
            var _ = alarm.after(0, this::comeBack);
        }
    }

    /** Two processes that claim to be one node replace each other no faster than once an interval. */
    private void comeBack() {
        ClusterNode node;
        synchronized (this) {
            node = announced;
            if (closed || node == null || group.shows(node)) {
                returning = false;
                return;
            }
        }
        var _ = group.register(node).whenComplete((registered, failure) -> {
            if (failure != null) {
                LOG.atDebug().setCause(failure).log("This node could not be announced again yet");
            }
            synchronized (this) {
                if (!closed) {
                    var _ = alarm.after(intervalNanos, this::comeBack);
                }
            }
        });
    }

    @Override
    public synchronized void close() {
        closed = true;
        renewIn(0);
    }
}
