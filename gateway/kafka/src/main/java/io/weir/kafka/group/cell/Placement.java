package io.weir.kafka.group.cell;

import io.weir.contracts.cell.CellStore;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.NodeId;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which node is to own which cell, given the nodes that live: every gateway computes the same from the same image.
 *
 * <p>Rendezvous hashing (Thaler and Ravishankar, 1998): a cell goes to the node for which the hash of both is highest.
 * A node that leaves moves its own cells only, and one that comes back gets just those again, so that a restart
 * disturbs no group between two others; ranges over the sorted nodes would move most cells. The shares are not quite
 * even: of 256 cells each of three nodes has 85, give or take about 8.
 *
 * <p>Gateways of different builds must agree, or a cell would be wanted by two or by none: the hash never changes.
 *
 * <p>Threading: immutable.
 */
final class Placement {
    /** Nobody lives: no cell has a place. */
    static final Placement NONE = new Placement(Set.of());

    private final Set<NodeId> nodes;
    private final @Nullable NodeId[] owners = new NodeId[CellStore.CELLS];

    private Placement(Set<NodeId> nodes) {
        this.nodes = nodes;
        Collection<NodeId> inOrder = new TreeSet<>((a, b) -> Integer.compare(a.value(), b.value()));
        inOrder.addAll(nodes);
        for (int cell = 0; cell < owners.length; cell++) {
            owners[cell] = highest(cell, inOrder);
        }
    }

    static Placement over(Set<NodeId> nodes) {
        return new Placement(Set.copyOf(nodes));
    }

    private static @Nullable NodeId highest(int cell, Collection<NodeId> nodes) {
        NodeId best = null;
        long highest = 0;
        for (NodeId node : nodes) {
            long weight = weight(cell, node.value());
            if (best == null || Long.compareUnsigned(weight, highest) > 0) {
                best = node;
                highest = weight;
            }
        }
        return best;
    }

    /** The finalizer of SplitMix64 over both numbers: every bit of either changes about half of the result's. */
    private static long weight(int cell, int node) {
        long mixed = ((long) node << 32 | cell) + 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ mixed >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        return mixed ^ mixed >>> 31;
    }

    /** The nodes that live. */
    Set<NodeId> nodes() {
        return nodes;
    }

    /** Whether the cell's place is at the node. */
    boolean puts(CellId cell, NodeId node) {
        return node.equals(owners[cell.value()]);
    }

    /** How many cells have their place at the node. */
    int share(NodeId node) {
        int share = 0;
        for (NodeId owner : owners) {
            if (node.equals(owner)) {
                share++;
            }
        }
        return share;
    }
}
