package io.weir.consensus;

import io.weir.contracts.consensus.Peer;
import io.weir.contracts.identity.NodeId;

/**
 * Who may come to belong to the groups, as a leader asks when a replica wants to be admitted.
 *
 * <p>Threading: any thread, and never blocking.
 */
@FunctionalInterface
public interface Admissions {
    /** Of a cluster whose nodes never change: each may return in place of its own former replica. */
    Admissions RETURNS_ONLY = peer -> Verdict.AS_BEFORE;

    /** What is said of a node. */
    enum Verdict {
        /** It belongs where it did. */
        AS_BEFORE,
        /** It may belong, though it did not. */
        WELCOME,
        /** It is on its way out, or has left. */
        UNWELCOME
    }

    Verdict of(Peer asking);

    /** Whether a node was told to leave, and must not submit either. */
    default boolean hasLeft(NodeId node) {
        return false;
    }
}
