package io.weir.consensus.ratis;

import io.weir.contracts.consensus.GroupMembership;
import io.weir.contracts.consensus.MembershipChange;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.PeerStanding;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.LeaderSteppingDownException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.ReconfigurationInProgressException;
import org.apache.ratis.protocol.exceptions.ReconfigurationTimeoutException;
import org.apache.ratis.protocol.exceptions.SetConfigurationException;
import org.apache.ratis.protocol.exceptions.TransferLeadershipException;
import org.jspecify.annotations.Nullable;

/** Changes of a group's peers, made where it leads. */
final class RatisMembership implements GroupMembership {
    private final PeerId self;
    private final Supplier<@Nullable RunningGroup> running;
    private final LeadershipOfGroup leadership;
    private final Duration silence;

    /**
     * Of a group whose running part comes and goes.
     *
     * @param silence after which another peer is taken for dead
     */
    RatisMembership(
            PeerId self, Supplier<@Nullable RunningGroup> running, LeadershipOfGroup leadership, Duration silence) {
        this.self = self;
        this.running = running;
        this.leadership = leadership;
        this.silence = silence;
    }

    private static RaftPeerId raftId(PeerId id) {
        return RaftPeerId.valueOf(id.toString());
    }

    static RaftPeer raftPeer(Peer peer) {
        return RaftPeer.newBuilder()
                .setId(raftId(peer.id()))
                .setAddress(peer.host() + ":" + peer.port())
                .build();
    }

    static Peer peer(RaftPeer peer) {
        String address = peer.getAddress();
        int colon = address.lastIndexOf(':');
        return new Peer(
                PeerId.parse(peer.getId().toString()),
                address.substring(0, colon),
                Integer.parseInt(address.substring(colon + 1)));
    }

    @Override
    public PeerId self() {
        return self;
    }

    @Override
    public List<Peer> peers() {
        RunningGroup now = running.get();
        return now == null
                ? List.of()
                : now.peers().stream().map(RatisMembership::peer).toList();
    }

    @Override
    public List<PeerStanding> standings() {
        RunningGroup now = running.get();
        return now == null ? List.of() : now.standings();
    }

    /**
     * While it is admitted a replica may restart, and it votes for nobody before it has heard of its admission; or it
     * may never come back. The others must be a quorum without it, unless there is but one of them.
     */
    @Override
    public CompletableFuture<MembershipChange> add(Peer peer) {
        RunningGroup now = running.get();
        if (now != null && leadership.isHere()) {
            List<PeerId> others = others(id -> !id.node().equals(peer.id().node()));
            long answering = answering(now, others);
            int next = others.size() + 1;
            if (others.size() > 1 && 2 * answering <= next) {
                return CompletableFuture.completedFuture(new MembershipChange.Refused("Only " + answering + " of "
                        + next + " would answer without peer " + peer.id()
                        + ", which is no quorum: remove who is gone first"));
            }
        }
        return change(next -> {
            next.removeIf(former -> former.id().node().equals(peer.id().node()));
            next.add(peer);
        });
    }

    @Override
    public CompletableFuture<MembershipChange> remove(PeerId peer) {
        if (peer.equals(self)) {
            return CompletableFuture.completedFuture(
                    new MembershipChange.Refused("Peer " + peer + " cannot remove itself: let another one lead first"));
        }
        RunningGroup now = running.get();
        if (now != null && leadership.isHere()) {
            List<PeerId> left = others(id -> !id.equals(peer));
            long answering = answering(now, left);
            if (2 * answering <= left.size()) {
                return CompletableFuture.completedFuture(new MembershipChange.Refused("Without peer " + peer + " only "
                        + answering + " of " + left.size() + " would answer, which is no quorum"));
            }
        }
        return change(next -> next.removeIf(former -> former.id().equals(peer)));
    }

    private List<PeerId> others(Predicate<PeerId> which) {
        return peers().stream().map(Peer::id).filter(which).toList();
    }

    private long answering(RunningGroup now, List<PeerId> peers) {
        return peers.stream()
                .filter(id -> id.equals(self) || now.isHeardFrom(raftId(id), silence))
                .count();
    }

    private CompletableFuture<MembershipChange> change(Consumer<List<Peer>> edit) {
        RunningGroup now = running.get();
        if (now == null) {
            return CompletableFuture.completedFuture(new MembershipChange.NotLeader(leadership.leader()));
        }
        List<RaftPeer> current = List.copyOf(now.peers());
        List<Peer> next =
                new ArrayList<>(current.stream().map(RatisMembership::peer).toList());
        edit.accept(next);
        return now.setPeers(
                        current, next.stream().map(RatisMembership::raftPeer).toList())
                .handle(outcome());
    }

    @Override
    public CompletableFuture<MembershipChange> transferTo(PeerId peer) {
        RunningGroup now = running.get();
        if (now == null) {
            return CompletableFuture.completedFuture(new MembershipChange.NotLeader(leadership.leader()));
        }
        // Entries would be refused for as long as it is tried.
        return leadership.isHere() && !peer.equals(self) && !now.isHeardFrom(raftId(peer), silence)
                ? CompletableFuture.completedFuture(
                        new MembershipChange.Refused("Peer " + peer + " has not answered for " + silence))
                : now.transferTo(raftId(peer), silence.multipliedBy(2)).handle(outcome());
    }

    /** One that led when it was asked may have begun the change before it lost that: nobody knows then. */
    private BiFunction<@Nullable RaftClientReply, @Nullable Throwable, MembershipChange> outcome() {
        boolean led = leadership.isHere();
        return (reply, error) -> {
            if (reply != null && reply.isSuccess()) {
                return new MembershipChange.Done(peers());
            }
            Throwable why = rootOf(reply == null ? error : reply.getException());
            if (why instanceof NotLeaderException && !led) {
                return new MembershipChange.NotLeader(leadership.leader());
            }
            return why != null && isRefusal(why)
                    ? new MembershipChange.Refused(String.valueOf(why.getMessage()))
                    : new MembershipChange.Unknown(String.valueOf(why));
        };
    }

    private static @Nullable Throwable rootOf(@Nullable Throwable error) {
        Throwable cause = error;
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static boolean isRefusal(Throwable why) {
        return why instanceof ReconfigurationInProgressException
                || why instanceof ReconfigurationTimeoutException
                || why instanceof SetConfigurationException
                || why instanceof TransferLeadershipException
                || why instanceof LeaderNotReadyException
                || why instanceof LeaderSteppingDownException;
    }
}
