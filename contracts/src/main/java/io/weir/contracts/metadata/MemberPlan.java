package io.weir.contracts.metadata;

/** What an administrator wants of a node: that it takes part in the Raft groups, or no more. */
public sealed interface MemberPlan {
    /**
     * It may belong to every group, and is admitted as soon as it asks.
     *
     * @param host where it listens for the other nodes
     * @param port likewise
     */
    record Joins(String host, int port) implements MemberPlan {}

    /** It is taken out of every group, and not admitted again. */
    record Leaves() implements MemberPlan {}
}
