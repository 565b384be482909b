package io.weir.metadata;

import io.weir.contracts.identity.NodeId;
import io.weir.metadata.image.ClusterImage;
import io.weir.metadata.image.RegisteredNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The countdowns of a metadata leader. They live in its memory only: a renewal is not logged, only an expiry is. That
 * is sound because a new leader starts every countdown anew, so that no lease ends early for that; and because an
 * expiry names the registration it is about, so that it cannot end a later one.
 *
 * <p>The leader has no countdown of its own: it is alive as long as it leads, and when it does not, another counts.
 * That is why a process that is alone renews nothing and writes nothing.
 *
 * <p>Threading: one thread at a time.
 */
final class Leases {
    private final NodeId self;
    private final long leaseNanos;
    private final Map<NodeId, Countdown> countdowns = new HashMap<>();

    private record Countdown(long registration, long deadlineNanos) {}

    /** A lease that was not renewed in time. */
    record Expiry(NodeId node, long registration) {}

    Leases(NodeId self, Duration lease) {
        this.self = self;
        this.leaseNanos = lease.toNanos();
    }

    /** This process leads from now on: everybody gets a full countdown. */
    void lead(ClusterImage image, long nowNanos) {
        countdowns.clear();
        follow(image, nowNanos);
    }

    /** This process does not lead: nothing expires. */
    void resign() {
        countdowns.clear();
    }

    /** Starts countdowns for new registrations, and drops those of nodes that are gone. */
    void follow(ClusterImage image, long nowNanos) {
        countdowns.keySet().removeIf(node -> image.node(node).isEmpty());
        for (RegisteredNode node : image.nodeTable().values()) {
            Countdown countdown = countdowns.get(node.node().id());
            boolean running = countdown != null && countdown.registration() == node.registration();
            if (!running && !node.node().id().equals(self)) {
                countdowns.put(node.node().id(), new Countdown(node.registration(), nowNanos + leaseNanos));
            }
        }
    }

    /** The node was heard of. */
    void renew(NodeId node, long nowNanos) {
        countdowns.computeIfPresent(
                node, (id, countdown) -> new Countdown(countdown.registration(), nowNanos + leaseNanos));
    }

    /**
     * The node has perhaps died: it gets half a lease to be heard of, and if it lives it says so every third of one. A
     * lease may so end early, which is safe: what its holder still does is fenced by epochs.
     */
    void shorten(NodeId node, long nowNanos) {
        long deadline = nowNanos + leaseNanos / 2;
        countdowns.computeIfPresent(
                node,
                (id, countdown) -> countdown.deadlineNanos() - deadline <= 0
                        ? countdown
                        : new Countdown(countdown.registration(), deadline));
    }

    /** Whose countdown is over. Each is started again, for the case that ending the lease fails. */
    List<Expiry> expired(long nowNanos) {
        List<Expiry> expired = new ArrayList<>();
        countdowns.replaceAll((node, countdown) -> {
            if (countdown.deadlineNanos() - nowNanos > 0) {
                return countdown;
            }
            expired.add(new Expiry(node, countdown.registration()));
            return new Countdown(countdown.registration(), nowNanos + leaseNanos);
        });
        return expired;
    }

    /** How long until the next countdown is over; empty when none runs. */
    OptionalLong untilNext(long nowNanos) {
        return countdowns.values().stream()
                .mapToLong(countdown -> Math.max(0, countdown.deadlineNanos() - nowNanos))
                .min();
    }
}
