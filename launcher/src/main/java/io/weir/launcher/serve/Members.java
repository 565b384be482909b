package io.weir.launcher.serve;

import io.weir.consensus.Admissions;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.GroupMembership;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.MembershipChange;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.contracts.metadata.MemberPlans;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what is planned for the nodes, in each group that this process leads: who joins is let in when it asks,
 * who leaves is taken out, after another one has come to lead. Every process does so; what one has begun, the next
 * leader ends (ADR 10).
 *
 * <p>Threading: a thread of its own that looks once a second; {@link #of} from any.
 */
final class Members implements Admissions, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Members.class);
    private static final Duration PACE = Duration.ofSeconds(1);

    private final MemberPlans plans;
    private final Supplier<? extends Collection<ConsensusGroup>> groups;
    /** What was said last about a group, so that it is said once however often it is tried. */
    private final Map<String, String> said = new ConcurrentHashMap<>();

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            work -> Thread.ofPlatform().daemon().name("weir-members").unstarted(work));

    /** Of the groups that are open. */
    Members(MemberPlans plans, Supplier<? extends Collection<ConsensusGroup>> groups) {
        this.plans = plans;
        this.groups = groups;
    }

    Members start() {
        ScheduledFuture<?> looking =
                clock.scheduleWithFixedDelay(this::look, PACE.toMillis(), PACE.toMillis(), TimeUnit.MILLISECONDS);
        LOG.atDebug().log("Plans for nodes are looked at every {}: {}", PACE, looking);
        return this;
    }

    @Override
    public Verdict of(Peer asking) {
        return switch (plans.plans().get(asking.id().node())) {
            case null -> Verdict.AS_BEFORE;
            case MemberPlan.Leaves() -> Verdict.UNWELCOME;
            case MemberPlan.Joins(String host, int port) ->
                host.equals(asking.host()) && port == asking.port() ? Verdict.WELCOME : Verdict.AS_BEFORE;
        };
    }

    @Override
    public boolean hasLeft(NodeId node) {
        return plans.plans().get(node) instanceof MemberPlan.Leaves;
    }

    private void look() {
        try {
            takeOut();
        } catch (RuntimeException | Error e) {
            // The next look would never come, be it for a thread that could not be made just now.
            LOG.atWarn().setCause(e).log("Plans for nodes could not be carried out this time");
        }
    }

    /** One step in each group that this process leads. */
    void takeOut() {
        List<NodeId> leaving = plans.plans().entrySet().stream()
                .filter(plan -> plan.getValue() instanceof MemberPlan.Leaves)
                .map(Map.Entry::getKey)
                .toList();
        if (leaving.isEmpty()) {
            return;
        }
        for (ConsensusGroup group : groups.get()) {
            if (group.leadership() instanceof Leadership.Leading) {
                group.membership().ifPresent(membership -> takeOut(group, membership, leaving));
            }
        }
    }

    private void takeOut(ConsensusGroup group, GroupMembership membership, List<NodeId> leaving) {
        List<PeerId> peers = membership.peers().stream().map(Peer::id).toList();
        if (leaving.contains(membership.self().node())) {
            // Another one leads soon (LeadershipSpread), and removes this one.
            return;
        }
        peers.stream().filter(peer -> leaving.contains(peer.node())).findFirst().ifPresent(peer -> {
            var _ = membership.remove(peer).thenAccept(change -> say(group, peer + " is taken out", change));
        });
    }

    private void say(ConsensusGroup group, String what, MembershipChange change) {
        String text = what + ": "
                + switch (change) {
                    case MembershipChange.Done(List<Peer> peers) ->
                        "the group is of " + peers.stream().map(Peer::id).toList();
                    case MembershipChange.NotLeader _ -> "this process does not lead any more";
                    case MembershipChange.Refused(String why) -> why;
                    case MembershipChange.Unknown(String why) -> why;
                };
        String outcome = what + " " + change.getClass().getSimpleName();
        if (!outcome.equals(said.put(group.name(), outcome))) {
            LOG.atInfo().addKeyValue("group", group.name()).log("By the plan for a node, {}", text);
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
