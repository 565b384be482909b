package io.weir.contracts.metadata;

import io.weir.contracts.identity.NodeId;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Which nodes are to take part in the Raft groups, and which no more; who founded the cluster needs no plan. A plan
 * stays when it is carried out, so that a node that left is not admitted again.
 *
 * <p>Threading: any thread. Futures complete on a thread that must not be blocked, and may fail with a
 * {@code ServiceException}.
 */
public interface MemberPlans {
    /** As this process's image has them. */
    Map<NodeId, MemberPlan> plans();

    /**
     * The nodes that are to lead nothing, own no cell and get no clients, though they may belong; as the image has
     * them.
     */
    Set<NodeId> drained();

    /** Drains a node, or ends that; durable, and in this process's image, when it completes. */
    CompletableFuture<MetadataResult<NodeId>> drain(NodeId node, boolean drained);

    /** Replaces a node's plan; durable, and in this process's image, when it completes. */
    CompletableFuture<MetadataResult<MemberPlan>> plan(NodeId node, MemberPlan plan);
}
