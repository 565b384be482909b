package io.weir.launcher.serve;

import io.weir.contracts.consensus.PeerId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/**
 * Who should lead a shard: every node computes the same from the same peers, and no two of a group's peers are
 * preferred by numbers of shards that differ by more than one.
 */
final class LeaderChoice {
    private LeaderChoice() {}

    /**
     * The peers in the order in which they should lead. Shards that have the same first choice have different second
     * ones, so that what a node gives up is spread as well.
     */
    static List<PeerId> order(int shard, List<PeerId> peers) {
        List<PeerId> sorted = peers.stream()
                .sorted(Comparator.comparingInt((PeerId peer) -> peer.node().value())
                        .thenComparingLong(PeerId::incarnation))
                .toList();
        if (sorted.size() < 2) {
            return sorted;
        }
        List<PeerId> others = new ArrayList<>(sorted);
        List<PeerId> order = new ArrayList<>();
        order.add(others.remove(shard % sorted.size()));
        Collections.rotate(others, -(shard / sorted.size()) % others.size());
        order.addAll(others);
        return order;
    }

    /** The first that may lead; the very first when none may. */
    static PeerId preferred(int shard, List<PeerId> peers, Predicate<PeerId> mayLead) {
        List<PeerId> order = order(shard, peers);
        return order.stream().filter(mayLead).findFirst().orElse(order.getFirst());
    }
}
