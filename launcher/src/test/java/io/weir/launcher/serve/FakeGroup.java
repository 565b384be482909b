package io.weir.launcher.serve;

import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.GroupMembership;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.MembershipChange;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.PeerStanding;
import io.weir.contracts.consensus.ReplicaLag;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.identity.NodeId;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** A group that has replicas and no log; this process's is the first. */
final class FakeGroup implements ConsensusGroup, GroupMembership {
    private final List<Peer> peers = new ArrayList<>();
    private final List<PeerId> down = new ArrayList<>();
    private final List<PeerId> refusing = new ArrayList<>();
    private Leadership leadership = new Leadership.Leading(1);
    private String name = "fake";
    private long behind;
    private int transfers;
    private boolean alone;
    private boolean kept = true;

    FakeGroup(int... nodes) {
        for (int node : nodes) {
            peers.add(new Peer(new PeerId(new NodeId(node), 1), "127.0.0.1", 7400 + node));
        }
    }

    FakeGroup named(String wanted) {
        name = wanted;
        return this;
    }

    /** It can only have this one peer. */
    FakeGroup alone() {
        alone = true;
        return this;
    }

    /** This process keeps no replica of it. */
    FakeGroup followed() {
        kept = false;
        return this;
    }

    /** Another one leads, nobody knows who. */
    FakeGroup following() {
        leadership = new Leadership.Following();
        return this;
    }

    FakeGroup ledBy(int node, long term) {
        leadership = node == 1
                ? new Leadership.Leading(term)
                : new Leadership.Following(Optional.of(new Leader(new NodeId(node), term)));
        return this;
    }

    /** The others are behind by so much. */
    FakeGroup behind(long entries) {
        behind = entries;
        return this;
    }

    /** A node follows well, and yet does not come to lead. */
    FakeGroup refusing(int node) {
        refusing.add(new PeerId(new NodeId(node), 1));
        return this;
    }

    /** Who leads; 0 when nobody knows. */
    int leader() {
        return switch (leadership) {
            case Leadership.Leading _ -> 1;
            case Leadership.Following(Optional<Leader> known) ->
                known.map(it -> it.node().value()).orElse(0);
        };
    }

    /** How many transfers were asked for. */
    int transfers() {
        return transfers;
    }

    FakeGroup down(int node) {
        down.add(new PeerId(new NodeId(node), 1));
        return this;
    }

    boolean leads() {
        return leadership instanceof Leadership.Leading;
    }

    List<Integer> nodes() {
        return peers.stream().map(peer -> peer.id().node().value()).toList();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Leadership leadership() {
        return leadership;
    }

    @Override
    public Optional<GroupMembership> membership() {
        return alone || !kept ? Optional.empty() : Optional.of(this);
    }

    @Override
    public boolean keepsLog() {
        return kept;
    }

    @Override
    public List<ReplicaLag> replicas() {
        return peers.stream()
                .filter(peer -> !alone)
                .map(peer -> new ReplicaLag(peer.id(), OptionalLong.of(behind)))
                .toList();
    }

    @Override
    public PeerId self() {
        return new PeerId(new NodeId(1), 1);
    }

    @Override
    public List<Peer> peers() {
        return List.copyOf(peers);
    }

    @Override
    public List<PeerStanding> standings() {
        return peers.stream()
                .map(Peer::id)
                .filter(peer -> leads() && !peer.equals(self()))
                .map(peer -> new PeerStanding(
                        peer, down.contains(peer) ? Duration.ofHours(1) : Duration.ofMillis(5), behind))
                .toList();
    }

    @Override
    public CompletableFuture<MembershipChange> add(Peer peer) {
        peers.add(peer);
        return CompletableFuture.completedFuture(new MembershipChange.Done(peers));
    }

    @Override
    public CompletableFuture<MembershipChange> remove(PeerId peer) {
        peers.removeIf(each -> each.id().equals(peer));
        return CompletableFuture.completedFuture(new MembershipChange.Done(peers));
    }

    @Override
    public CompletableFuture<MembershipChange> transferTo(PeerId peer) {
        transfers++;
        if (down.contains(peer) || refusing.contains(peer)) {
            return CompletableFuture.completedFuture(new MembershipChange.Refused(peer + " is down"));
        }
        leadership = new Leadership.Following(Optional.of(new Leader(peer.node(), 2)));
        return CompletableFuture.completedFuture(new MembershipChange.Done(peers));
    }

    @Override
    public LogPosition applied() {
        return LogPosition.NONE;
    }

    @Override
    public CompletableFuture<Submission> submit(List<ByteBuffer> entry) {
        throw new UnsupportedOperationException("It has no log");
    }

    @Override
    public CompletableFuture<Submission> submit(List<ByteBuffer> entry, long term) {
        throw new UnsupportedOperationException("It has no log");
    }

    @Override
    public CompletableFuture<Void> barrier() {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public List<ByteBuffer> read(long index) {
        throw new UnsupportedOperationException("It has no log");
    }

    @Override
    public CompletableFuture<PreparedSnapshot> prepareSnapshot() {
        throw new UnsupportedOperationException("It has no log");
    }

    @Override
    public CompletableFuture<LogPosition> copyState(OutputStream target) {
        throw new UnsupportedOperationException("It has no log");
    }

    @Override
    public long logBytes() {
        return 0;
    }

    @Override
    public Optional<String> failure() {
        return Optional.empty();
    }

    @Override
    public void close() {
        peers.clear();
    }
}
