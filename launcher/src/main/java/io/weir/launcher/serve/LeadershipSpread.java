package io.weir.launcher.serve;

import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.GroupMembership;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.MembershipChange;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.PeerStanding;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.MemberPlan;
import io.weir.contracts.metadata.MemberPlans;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves leadership away from where it should not be, in the groups that this process leads (ADR 13): everything from a
 * node that is drained, leaves or stops, and shards to the nodes that they are spread over ({@link LeaderChoice}).
 *
 * <p>A shard is only moved to its one place, when that peer has followed well for a while, and nobody's leadership of
 * any shard has changed for a while: so nothing goes to and fro, and no two processes move one at the same time but by
 * chance.
 *
 * <p>Threading: a thread of its own, that looks once a second and waits for each transfer.
 */
final class LeadershipSpread implements AutoCloseable {
    /** How the names of the shards' groups begin. */
    static final String SHARD = "wal-";

    /** Looks in a row at which a peer must have followed well before a shard is moved to it. */
    static final int GOOD_LOOKS = 10;

    private static final Logger LOG = LoggerFactory.getLogger(LeadershipSpread.class);
    private static final Duration PACE = Duration.ofSeconds(1);
    private static final Duration CALM = Duration.ofSeconds(10);
    /** Whoever comes later in the order of nodes waits so much longer, and sees what the others do. */
    private static final Duration CALM_PER_RANK = Duration.ofSeconds(2);

    private static final int MOST_DOUBLINGS = 5;
    private static final Duration SILENT_AT_MOST = Duration.ofSeconds(1);
    private static final long BEHIND_AT_MOST = 64;
    private static final Duration TRANSFER_AT_MOST = Duration.ofSeconds(15);

    private final MemberPlans plans;
    private final Supplier<? extends Collection<ConsensusGroup>> groups;
    private final LongSupplier nanos;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            work -> Thread.ofPlatform().daemon().name("weir-leadership").unstarted(work));

    private final Map<String, Leader> seen = new HashMap<>();
    /** Good looks at a peer in a row, by group. */
    private final Map<String, Map<PeerId, Integer>> followed = new HashMap<>();

    private final Map<String, Integer> turns = new HashMap<>();
    private long changedNanos;
    private int refusals;
    private volatile boolean stopping;

    /** Of the groups that are open. */
    LeadershipSpread(
            MemberPlans plans, Supplier<? extends Collection<ConsensusGroup>> groups, LongSupplier monotonicNanos) {
        this.plans = plans;
        this.groups = groups;
        this.nanos = monotonicNanos;
        this.changedNanos = monotonicNanos.getAsLong();
    }

    LeadershipSpread start() {
        ScheduledFuture<?> looking =
                clock.scheduleWithFixedDelay(this::lookSafely, PACE.toMillis(), PACE.toMillis(), TimeUnit.MILLISECONDS);
        LOG.atDebug().log("Leadership is looked at every {}: {}", PACE, looking);
        return this;
    }

    private void lookSafely() {
        try {
            if (!stopping) {
                look();
            }
        } catch (RuntimeException | Error e) {
            // The next look would never come, be it for a thread that could not be made just now.
            LOG.atWarn().setCause(e).log("Leadership could not be looked at this time");
        }
    }

    /** Gives away what should not be led here, or else moves one shard to its place. */
    void look() {
        Set<NodeId> unwanted = unwanted();
        boolean givesAway = false;
        for (ConsensusGroup group : groups.get()) {
            GroupMembership membership = led(group);
            if (membership != null && unwanted.contains(membership.self().node())) {
                givesAway = true;
                giveAway(group, membership, unwanted);
            }
        }
        noticeLeaders();
        noticeFollowers();
        if (!givesAway) {
            spread(unwanted);
        }
    }

    private Set<NodeId> leaving() {
        Set<NodeId> leaving = new HashSet<>();
        plans.plans().forEach((node, plan) -> {
            if (plan instanceof MemberPlan.Leaves) {
                leaving.add(node);
            }
        });
        return leaving;
    }

    private Set<NodeId> unwanted() {
        Set<NodeId> unwanted = leaving();
        unwanted.addAll(plans.drained());
        return unwanted;
    }

    private static @Nullable GroupMembership led(ConsensusGroup group) {
        return group.leadership() instanceof Leadership.Leading
                ? group.membership().orElse(null)
                : null;
    }

    private void giveAway(ConsensusGroup group, GroupMembership membership, Set<NodeId> unwanted) {
        List<PeerId> others = others(group, membership);
        List<PeerId> heirs =
                others.stream().filter(peer -> !unwanted.contains(peer.node())).toList();
        Set<NodeId> leaving = leaving();
        if (heirs.isEmpty() && leaving.contains(membership.self().node())) {
            heirs = others.stream()
                    .filter(peer -> !leaving.contains(peer.node()))
                    .toList();
        }
        List<PeerId> good = good(heirs, membership);
        if (good.isEmpty()) {
            return;
        }
        // One that refuses has its next turn after the others.
        int turn = turns.getOrDefault(group.name(), 0);
        PeerId heir = good.get(turn % good.size());
        if (!transferred(group, membership, heir)) {
            turns.put(group.name(), turn + 1);
        }
    }

    /** In the order in which they should lead. */
    private static List<PeerId> others(ConsensusGroup group, GroupMembership membership) {
        List<PeerId> peers = membership.peers().stream().map(Peer::id).toList();
        return LeaderChoice.order(shard(group).orElse(0), peers).stream()
                .filter(peer -> !peer.equals(membership.self()))
                .toList();
    }

    private static List<PeerId> good(List<PeerId> peers, GroupMembership membership) {
        Set<PeerId> good = new HashSet<>();
        membership.standings().stream().filter(LeadershipSpread::isGood).forEach(it -> good.add(it.peer()));
        return peers.stream().filter(good::contains).toList();
    }

    private static boolean isGood(PeerStanding standing) {
        return standing.silence().compareTo(SILENT_AT_MOST) < 0 && standing.entriesBehind() <= BEHIND_AT_MOST;
    }

    private static OptionalInt shard(ConsensusGroup group) {
        return group.name().startsWith(SHARD)
                ? OptionalInt.of(Integer.parseInt(group.name().substring(SHARD.length())))
                : OptionalInt.empty();
    }

    private List<ConsensusGroup> shards() {
        return groups.get().stream()
                .filter(group -> shard(group).isPresent())
                .sorted(Comparator.comparingInt(group -> shard(group).orElseThrow()))
                .map(ConsensusGroup.class::cast)
                .toList();
    }

    private void noticeLeaders() {
        Map<String, Leader> now = new HashMap<>();
        boolean allKnown = true;
        for (ConsensusGroup group : shards()) {
            Optional<Leader> leader = switch (group.leadership()) {
                case Leadership.Leading(long term) ->
                    group.membership()
                            .map(membership -> new Leader(membership.self().node(), term));
                case Leadership.Following(Optional<Leader> known) -> known;
            };
            leader.ifPresent(known -> now.put(group.name(), known));
            allKnown &= leader.isPresent();
        }
        if (!allKnown || !now.equals(seen)) {
            changedNanos = nanos.getAsLong();
        }
        seen.clear();
        seen.putAll(now);
    }

    private void noticeFollowers() {
        Map<String, Map<PeerId, Integer>> before = Map.copyOf(followed);
        followed.clear();
        for (ConsensusGroup group : shards()) {
            GroupMembership membership = led(group);
            if (membership != null) {
                Map<PeerId, Integer> looks = new HashMap<>();
                membership.standings().stream()
                        .filter(LeadershipSpread::isGood)
                        .map(PeerStanding::peer)
                        .forEach(peer -> looks.put(
                                peer,
                                1 + before.getOrDefault(group.name(), Map.of()).getOrDefault(peer, 0)));
                followed.put(group.name(), looks);
            }
        }
    }

    private void spread(Set<NodeId> unwanted) {
        List<ConsensusGroup> shards = shards();
        if (shards.size() < 2) {
            return;
        }
        for (ConsensusGroup group : shards) {
            GroupMembership membership = led(group);
            if (membership != null && isCalm(membership)) {
                List<PeerId> peers = membership.peers().stream().map(Peer::id).toList();
                PeerId place = LeaderChoice.preferred(
                        shard(group).orElseThrow(), peers, peer -> !unwanted.contains(peer.node()));
                int looks = followed.getOrDefault(group.name(), Map.of()).getOrDefault(place, 0);
                if (!place.equals(membership.self()) && looks >= GOOD_LOOKS) {
                    refusals = transferred(group, membership, place) ? 0 : refusals + 1;
                    changedNanos = nanos.getAsLong();
                    return;
                }
            }
        }
    }

    private boolean isCalm(GroupMembership membership) {
        long before = membership.peers().stream()
                .filter(peer ->
                        peer.id().node().value() < membership.self().node().value())
                .count();
        Duration needed =
                CALM.multipliedBy(1L << Math.min(refusals, MOST_DOUBLINGS)).plus(CALM_PER_RANK.multipliedBy(before));
        return nanos.getAsLong() - changedNanos >= needed.toNanos();
    }

    private boolean transferred(ConsensusGroup group, GroupMembership membership, PeerId heir) {
        MembershipChange change;
        try {
            change = membership.transferTo(heir).get(TRANSFER_AT_MOST.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException | TimeoutException e) {
            change = new MembershipChange.Unknown(String.valueOf(e));
        }
        boolean done = change instanceof MembershipChange.Done;
        if (done) {
            LOG.atInfo()
                    .addKeyValue("group", group.name())
                    .addKeyValue("peer", heir)
                    .log("Another peer leads now, as it should");
        } else {
            LOG.atWarn()
                    .addKeyValue("group", group.name())
                    .addKeyValue("peer", heir)
                    .log("Another peer should lead, and does not yet: {}", change);
        }
        return done;
    }

    /**
     * Gives everything away that is led here, as far as others can take it and the time suffices, and moves nothing
     * afterwards: this process is about to stop.
     */
    void handOver(Duration atMost) {
        stopping = true;
        Future<?> handing;
        try {
            handing = clock.submit(() -> {
                handOverAll();
            });
        } catch (RejectedExecutionException closed) {
            LOG.atDebug().setCause(closed).log("Closed already");
            return;
        }
        try {
            handing.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException | CancellationException e) {
            LOG.atWarn().setCause(e).log("Not all that is led here could be handed over; others will elect");
        }
    }

    private void handOverAll() {
        Set<NodeId> unwanted = unwanted();
        for (ConsensusGroup group : groups.get()) {
            GroupMembership membership = led(group);
            if (membership != null) {
                List<PeerId> heirs = good(others(group, membership), membership);
                // One that should not lead is better than none.
                List<PeerId> inOrder = Stream.concat(
                                heirs.stream().filter(peer -> !unwanted.contains(peer.node())),
                                heirs.stream().filter(peer -> unwanted.contains(peer.node())))
                        .toList();
                for (PeerId heir : inOrder) {
                    if (led(group) == null || transferred(group, membership, heir)) {
                        break;
                    }
                }
            }
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
