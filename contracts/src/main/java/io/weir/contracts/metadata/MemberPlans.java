package io.weir.contracts.metadata;

import io.weir.contracts.identity.NodeId;
import java.util.Map;
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

    /** Replaces a node's plan; durable, and in this process's image, when it completes. */
    CompletableFuture<MetadataResult<MemberPlan>> plan(NodeId node, MemberPlan plan);
}
