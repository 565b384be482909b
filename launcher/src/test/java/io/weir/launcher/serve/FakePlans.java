package io.weir.launcher.serve;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.contracts.metadata.MemberPlans;
import io.weir.contracts.metadata.MetadataResult;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Plans in memory, unless nobody leads. */
final class FakePlans implements MemberPlans {
    private final Map<NodeId, MemberPlan> plans = new LinkedHashMap<>();
    private final Set<NodeId> drained = new HashSet<>();
    private boolean leaderless;
    private Runnable meanwhile = () -> {};

    /** Done once, before the next thing is planned. */
    void meanwhile(Runnable something) {
        meanwhile = something;
    }

    void loseLeader() {
        leaderless = true;
    }

    @Override
    public Map<NodeId, MemberPlan> plans() {
        return plans;
    }

    @Override
    public Set<NodeId> drained() {
        return drained;
    }

    @Override
    public CompletableFuture<MetadataResult<NodeId>> drain(NodeId node, boolean isDrained) {
        if (leaderless) {
            return CompletableFuture.failedFuture(new ServiceException(FailureCode.NOT_LEADER, "Nobody leads"));
        }
        Runnable first = meanwhile;
        meanwhile = () -> {};
        first.run();
        if (isDrained) {
            drained.add(node);
        } else {
            drained.remove(node);
        }
        return CompletableFuture.completedFuture(new MetadataResult.Accepted<>(node));
    }

    @Override
    public CompletableFuture<MetadataResult<MemberPlan>> plan(NodeId node, MemberPlan plan) {
        if (leaderless) {
            return CompletableFuture.failedFuture(new ServiceException(FailureCode.NOT_LEADER, "Nobody leads"));
        }
        plans.put(node, plan);
        return CompletableFuture.completedFuture(new MetadataResult.Accepted<>(plan));
    }
}
