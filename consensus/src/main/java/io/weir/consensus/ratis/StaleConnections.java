package io.weir.consensus.ratis;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.ratis.grpc.server.GrpcServicesImpl;
import org.apache.ratis.protocol.RaftPeerId;

/**
 * Has connections made anew to peers of whom no group has heard for long. Whoever drops packets without a word leaves a
 * connection that nobody ends: once the peer can be reached again, TCP tries it again only after as long as the cut has
 * lasted, two minutes at most, and until then a leader is silent towards a follower, and a candidate has no vote from
 * it, though both are well.
 *
 * <p>Threading: one thread looks. A connection is closed on a thread of its own, which waits some seconds for what is
 * under way.
 */
final class StaleConnections {
    private final GrpcServicesImpl transport;
    private final Duration after;
    private final Map<RaftPeerId, Long> resetNanos = new HashMap<>();

    /** @param after so long without a word from a peer, and not more often than that */
    StaleConnections(GrpcServicesImpl transport, Duration after) {
        this.transport = transport;
        this.after = after;
    }

    /** Now and then. */
    void look(Collection<RatisGroup> groups) {
        Set<RaftPeerId> heard = new HashSet<>();
        Set<RaftPeerId> missed = new HashSet<>();
        for (RatisGroup group : groups) {
            RunningGroup running = group.running();
            if (running != null) {
                Reconnecting.attempt(() -> running.hearing(after, heard, missed));
            }
        }
        missed.removeAll(heard);
        resetNanos.keySet().retainAll(missed);
        for (RaftPeerId peer : missed) {
            long now = System.nanoTime();
            Long before = resetNanos.get(peer);
            if (before == null || now - before >= after.toNanos()) {
                resetNanos.put(peer, now);
                Thread.ofVirtual()
                        .name("consensus-reset-" + peer)
                        .start(() -> Reconnecting.attempt(
                                () -> transport.getProxies().resetProxy(peer)));
            }
        }
    }
}
