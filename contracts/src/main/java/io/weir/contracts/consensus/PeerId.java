package io.weir.contracts.consensus;

import io.weir.contracts.identity.NodeId;

/**
 * One replica of a node's groups: the node, and which of its data directories, one after another. A node whose
 * directory was wiped or is damaged returns with a higher incarnation: under its old id the empty log could vote
 * acknowledged entries away.
 */
public record PeerId(NodeId node, long incarnation) {
    public PeerId {
        if (incarnation < 1) {
            throw new IllegalArgumentException("An incarnation must be at least 1: " + incarnation);
        }
    }

    /** As {@link #toString} writes it. */
    public static PeerId parse(String text) {
        int dot = text.indexOf('.');
        if (dot < 1) {
            throw new IllegalArgumentException("Not a peer's id: " + text);
        }
        return new PeerId(
                new NodeId(Integer.parseInt(text.substring(0, dot))), Long.parseLong(text.substring(dot + 1)));
    }

    @Override
    public String toString() {
        return node.value() + "." + incarnation;
    }
}
