package io.weir.metadata;

import io.weir.contracts.identity.NodeId;
import io.weir.metadata.image.ClusterImage;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Proposes the expiry of leases while this process leads. Sleeps until the next countdown is over; with no other node
 * there is none, and nothing to wake up for.
 *
 * <p>Threading: any thread.
 */
final class LeaseWatch implements AutoCloseable {
    private static final long NOT_LEADING = -1;

    private final Leases leases;
    private final LongSupplier nanos;
    private final ScheduledExecutorService timer;
    private final Consumer<Leases.Expiry> expire;
    private @Nullable ScheduledFuture<?> alarm;
    private long term = NOT_LEADING;
    private boolean closed;

    /** Whoever reads the clock passes it in: it is monotonic time, never the time of day. */
    LeaseWatch(Leases leases, LongSupplier nanos, ScheduledExecutorService timer, Consumer<Leases.Expiry> expire) {
        this.leases = leases;
        this.nanos = nanos;
        this.timer = timer;
        this.expire = expire;
    }

    synchronized void lead(long newTerm, ClusterImage image) {
        if (term == newTerm) {
            return;
        }
        term = newTerm;
        leases.lead(image, nanos.getAsLong());
        setAlarm();
    }

    synchronized void resign() {
        term = NOT_LEADING;
        leases.resign();
        setAlarm();
    }

    synchronized void nodesChanged(ClusterImage image) {
        if (term != NOT_LEADING) {
            leases.follow(image, nanos.getAsLong());
            setAlarm();
        }
    }

    synchronized void renew(NodeId node, long sentNanos) {
        leases.renew(node, sentNanos);
    }

    synchronized void connectionLost(NodeId node) {
        leases.shorten(node, nanos.getAsLong());
        setAlarm();
    }

    private void setAlarm() {
        if (alarm != null) {
            alarm.cancel(false);
            alarm = null;
        }
        if (!closed) {
            leases.untilNext(nanos.getAsLong())
                    .ifPresent(delay -> alarm = timer.schedule(this::check, delay, TimeUnit.NANOSECONDS));
        }
    }

    private void check() {
        List<Leases.Expiry> expired;
        synchronized (this) {
            expired = leases.expired(nanos.getAsLong());
            setAlarm();
        }
        expired.forEach(expire);
    }

    @Override
    public synchronized void close() {
        closed = true;
        setAlarm();
    }
}
