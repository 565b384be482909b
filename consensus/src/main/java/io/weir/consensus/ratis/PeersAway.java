package io.weir.consensus.ratis;

import io.weir.contracts.consensus.Leadership;
import java.time.Duration;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which peers have not answered this one, where it leads, for a while: said once when they go and once when they are
 * back. The library's own lines, one for each attempt, are turned off.
 *
 * <p>Threading: one thread looks, any reads the count.
 */
final class PeersAway {
    private static final Logger LOG = LoggerFactory.getLogger(PeersAway.class);

    private final RaftPeerId self;
    private final Duration after;
    private final Map<String, SortedSet<String>> away = new ConcurrentHashMap<>();

    /**
     * Of every group.
     *
     * @param self who does not answer itself
     * @param after so long without an answer; longer than an election, for who was just elected has heard of nobody
     */
    PeersAway(RaftPeerId self, Duration after) {
        this.self = self;
        this.after = after;
    }

    /** Now and then. */
    void look(RatisGroup group) {
        RunningGroup running = group.running();
        if (running == null || !(group.leadership() instanceof Leadership.Leading)) {
            away.remove(group.name());
            return;
        }
        SortedSet<String> now = new TreeSet<>();
        running.peers().stream()
                .map(RaftPeer::getId)
                .filter(peer -> !peer.equals(self) && !running.isHeardFrom(peer, after))
                .forEach(peer -> now.add(peer.toString()));
        SortedSet<String> before = away.put(group.name(), now);
        if (!now.equals(before) && (before != null || !now.isEmpty())) {
            LOG.atWarn()
                    .addKeyValue("group", group.name())
                    .addKeyValue("peers", now)
                    .log(now.isEmpty() ? "Every peer answers again" : "Peers do not answer");
        }
    }

    /** How many of a group's; none where this peer does not lead, and so does not know. */
    int count(RatisGroup group) {
        SortedSet<String> now = away.get(group.name());
        return now == null ? 0 : now.size();
    }
}
