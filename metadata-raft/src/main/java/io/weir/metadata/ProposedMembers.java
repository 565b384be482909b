package io.weir.metadata;

import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.contracts.metadata.MemberPlans;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.image.ClusterImage;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Plans for members as proposals to the metadata group. */
record ProposedMembers(ProposedCommands commands, Supplier<ClusterImage> image) implements MemberPlans {
    @Override
    public Map<NodeId, MemberPlan> plans() {
        Map<NodeId, MemberPlan> plans = new TreeMap<>(Comparator.comparingInt(NodeId::value));
        image.get().members().forEach((node, plan) -> plans.put(new NodeId(node), plan));
        return plans;
    }

    @Override
    public Set<NodeId> drained() {
        return image.get().drained();
    }

    @Override
    public CompletableFuture<MetadataResult<NodeId>> drain(NodeId node, boolean drained) {
        return commands.propose(new MetadataCommand.DrainNode(node, drained));
    }

    @Override
    public CompletableFuture<MetadataResult<MemberPlan>> plan(NodeId node, MemberPlan plan) {
        return commands.propose(new MetadataCommand.PlanMember(node, plan));
    }
}
