package io.weir.consensus.ratis;

import io.weir.consensus.Admissions;
import io.weir.consensus.Cluster;
import io.weir.consensus.ratis.forward.LeaderSide;
import io.weir.consensus.ratis.forward.Origin;
import io.weir.contracts.consensus.GroupMembership;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.MembershipChange;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.consensus.Submission.NotAccepted;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.ratis.protocol.RaftPeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A group, as the peers that follow ask for it (ADR 8). */
final class GroupAsLeader implements LeaderSide {
    private static final Logger LOG = LoggerFactory.getLogger(GroupAsLeader.class);

    private final RatisGroup group;
    private final LeadershipOfGroup leadership;
    private final Duration untilReady;
    private final Supplier<Admissions> admissions;

    /**
     * Of one group.
     *
     * @param untilReady how long one that has just been elected is waited for: two election timeouts; for twice that a
     *     silent replica is taken to live
     */
    GroupAsLeader(
            RatisGroup group, LeadershipOfGroup leadership, Duration untilReady, Supplier<Admissions> admissions) {
        this.group = group;
        this.leadership = leadership;
        this.untilReady = untilReady;
        this.admissions = admissions;
    }

    @Override
    public Optional<NotAccepted> leadsIn(long term, PeerId asking) {
        RunningGroup now = group.running();
        if (now == null || now.ledTerm().orElse(Origin.ANY) != term) {
            return Optional.of(group.notLeader());
        }
        if (!belongs(asking)) {
            return Optional.of(new NotAccepted(
                    FailureCode.NOT_LEADER, "Peer " + asking + " is not its node's in group " + group.name()));
        }
        try {
            leadership.leads().get(untilReady.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException notReady) {
            LOG.atDebug().addKeyValue("group", group.name()).setCause(notReady).log("Elected, and not ready");
        }
        return leadership.now().equals(new Leadership.Leading(term))
                ? Optional.empty()
                : Optional.of(group.notLeader());
    }

    @Override
    public boolean belongs(PeerId asking) {
        return group.peer(asking.node())
                .map(own -> own.id().equals(asking))
                .orElseGet(() -> !admissions.get().hasLeft(asking.node()));
    }

    @Override
    public CompletableFuture<Submission> take(Origin origin, List<ByteBuffer> entry) {
        try {
            return group.take(origin, entry);
        } catch (IllegalArgumentException tooLarge) {
            return CompletableFuture.completedFuture(
                    new NotAccepted(FailureCode.INTERNAL, String.valueOf(tooLarge.getMessage())));
        }
    }

    @Override
    public CompletableFuture<Answer> admit(Peer asking) {
        RunningGroup now = group.running();
        GroupMembership membership = group.membership().orElse(null);
        if (now == null || membership == null || !leadership.isHere()) {
            return CompletableFuture.completedFuture(group.leader()
                    .flatMap(leader -> group.peer(leader.node()))
                    .<Answer>map(Answer.Elsewhere::new)
                    .orElseGet(() -> new Answer.Refused(group.notLeader())));
        }
        List<Peer> peers = membership.peers();
        if (peers.stream().anyMatch(peer -> peer.id().equals(asking.id()))) {
            return CompletableFuture.completedFuture(new Answer.Admitted());
        }
        Optional<String> objection = objection(now, membership, asking);
        return objection.isPresent()
                ? CompletableFuture.completedFuture(refused(objection.get()))
                : membership.add(asking).thenApply(change -> switch (change) {
                    case MembershipChange.Done _ -> new Answer.Admitted();
                    case MembershipChange.NotLeader _ -> new Answer.Refused(group.notLeader());
                    case MembershipChange.Refused(String why) -> refused(why);
                    case MembershipChange.Unknown(String why) -> refused(why);
                });
    }

    private static Answer refused(String why) {
        return new Answer.Refused(new NotAccepted(FailureCode.FENCED, why));
    }

    /** A node returns in place of an earlier replica of its own that is gone; another one must have been announced. */
    private Optional<String> objection(RunningGroup now, GroupMembership membership, Peer peer) {
        PeerId asking = peer.id();
        List<Peer> peers = membership.peers();
        Admissions.Verdict verdict = admissions.get().of(peer);
        if (verdict == Admissions.Verdict.UNWELCOME) {
            return Optional.of("Node " + asking.node().value() + " was removed");
        }
        Optional<PeerId> former = peers.stream()
                .map(Peer::id)
                .filter(id -> id.node().equals(asking.node()))
                .max(Comparator.comparingLong(PeerId::incarnation));
        if (former.isEmpty() && verdict == Admissions.Verdict.WELCOME) {
            return peers.size() < Cluster.MOST_PEERS
                    ? Optional.empty()
                    : Optional.of("Group " + group.name() + " has " + peers.size() + " replicas, as many as it may");
        }
        if (former.isEmpty()) {
            return Optional.of("Node " + asking.node().value() + " does not belong to group " + group.name()
                    + ", nor is it expected from " + peer.host() + ":" + peer.port());
        }
        if (former.get().incarnation() > asking.incarnation()) {
            return Optional.of("Replica " + asking + " is older than " + former.get());
        }
        // Whom it has just begun to send to, since it was elected or an appender failed, counts in the library as
        // silent
        // for half of that.
        return former.get().equals(membership.self())
                        || now.isHeardFrom(RaftPeerId.valueOf(former.get().toString()), untilReady.multipliedBy(2))
                ? Optional.of("Replica " + former.get() + " of the same node lives")
                : Optional.empty();
    }

    @Override
    public CompletableFuture<Long> confirm(PeerId asking) {
        RunningGroup now = group.running();
        if (now == null || !leadership.isHere()) {
            return CompletableFuture.failedFuture(
                    new ServiceException(FailureCode.NOT_LEADER, "Group " + group.name() + " has no leader here"));
        }
        // What the leader has applied by then is all that was committed, and perhaps more.
        return now.linearizableRead().thenApply(done -> {
            group.state().heardFrom(asking.node());
            return now.machine().applied().index();
        });
    }

    @Override
    public void connectionLost(PeerId asking) {
        if (leadership.isHere()) {
            group.state().connectionLost(asking.node());
        }
    }
}
