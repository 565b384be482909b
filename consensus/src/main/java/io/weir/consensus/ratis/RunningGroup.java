package io.weir.consensus.ratis;

import io.weir.consensus.ratis.forward.Origin;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.PeerStanding;
import io.weir.contracts.consensus.ReplicaLag;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.proto.RaftProtos.CommitInfoProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.impl.Candidacy;
import org.apache.ratis.server.impl.ElectionPause;
import org.apache.ratis.server.impl.FailedTransfer;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.LifeCycle;

/**
 * The library's part of a group from one opening to its end.
 *
 * <p>Requests go straight to the group, on the calling thread: the server's own way hands each to a pool and waits.
 */
final class RunningGroup {
    private static final long PURGE_TIMEOUT_MILLIS = 60_000;
    /** A round of heartbeats, and applying what was committed by then, which a burst may hold up. */
    private static final long READ_MILLIS = 10_000;
    /** A leader that has no majority for two is none any more. */
    private static final long READ_ELECTION_TIMEOUTS = 4;

    private final RaftServer server;
    private final RaftGroupId id;
    private final GroupMachine machine;
    private final RaftServer.Division division;
    private final RaftClientAsynchronousProtocol requests;
    private final RaftLog log;
    private final ClientId client = ClientId.randomId();
    private final AtomicLong calls = new AtomicLong();
    /** Transfers of leadership that have no answer yet. */
    private final AtomicInteger transfers = new AtomicInteger();

    private final long begunNanos = System.nanoTime();
    /** When this peer was last seen to hear of a leader, or to lead; it has just begun until then. */
    private volatile long ledNanos = begunNanos;

    private final Standstill standstill = new Standstill();

    RunningGroup(RaftServer server, RaftGroupId id, GroupMachine machine) throws IOException {
        this.server = server;
        this.id = id;
        this.machine = machine;
        this.division = server.getDivision(id);
        this.requests = (RaftClientAsynchronousProtocol) division;
        this.log = division.getRaftLog();
    }

    GroupMachine machine() {
        return machine;
    }

    /** The library has ended it, or is about to: it does so by itself after an error of its own, and tells nobody. */
    boolean hasEnded() {
        return !division.getInfo().isAlive();
    }

    /** It is about to have ended: only then it is known why. */
    boolean isEnding() {
        return division.getInfo().getLifeCycleState() == LifeCycle.State.CLOSING;
    }

    /** Since it was opened. */
    Duration age() {
        return Duration.ofNanos(System.nanoTime() - begunNanos);
    }

    /** As {@link Candidacy#isFutile} says. */
    boolean isCandidateFor(Duration longest) {
        return Candidacy.isFutile(division, longest);
    }

    /** As {@link Candidacy#endAfter} says. */
    void endCandidacyAfter(Duration longest) throws IOException {
        Candidacy.endAfter(division, longest);
    }

    /** Whether this peer leads, and another has fsynced what this one has not. Waits for no lock of the log's. */
    boolean isBehindAFollower() {
        long[] matches = division.getInfo().getFollowerMatchIndices();
        return matches != null && Arrays.stream(matches).anyMatch(match -> match > syncedUpTo());
    }

    /** As {@link ElectionPause#stepDown} says; waits for a lock under which others may wait for the disk. */
    void stepDown() throws IOException {
        ElectionPause.stepDown(division);
    }

    /** As {@link ElectionPause#end} says, and waiting in the same way. */
    void standAgain() throws IOException {
        ElectionPause.end(division);
    }

    /** Every index at or below it is fsynced here. */
    long syncedUpTo() {
        return log.getFlushIndex();
    }

    /** Of the next entry that this peer itself submits where it leads, in this term or {@link Origin#ANY}. */
    Origin ownOrigin(long term) {
        return new Origin(client, calls.incrementAndGet(), term);
    }

    CompletableFuture<RaftClientReply> submit(Proposal proposal) {
        return send(proposal, RaftClientRequest.writeRequestType(), proposal.origin());
    }

    /** The term that this peer leads in, or will as soon as it is ready; empty when it does not lead. */
    OptionalLong ledTerm() {
        return division.getInfo().isLeader()
                ? OptionalLong.of(division.getInfo().getCurrentTerm())
                : OptionalLong.empty();
    }

    /**
     * Since this peer has heard of a leader, as far as this was asked; nothing where it leads. Of one that follows
     * nobody the library says no time at all, as of one that hears of its leader at this moment.
     */
    Duration silence() {
        RoleInfoProto role = division.getInfo().getRoleInfoProto();
        ServerRpcProto leader = role.getFollowerInfo().getLeaderInfo();
        if (role.getRole() == RaftPeerRole.LEADER) {
            ledNanos = System.nanoTime();
        } else if (leader.hasId()) {
            ledNanos = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(leader.getLastRpcElapsedTimeMs());
        }
        return Duration.ofNanos(System.nanoTime() - ledNanos);
    }

    /** As {@link Standstill} says, as far as this was asked: the leader tells with each message how far all are. */
    Duration standstill() {
        long others = division.getCommitInfos().stream()
                .mapToLong(CommitInfoProto::getCommitIndex)
                .max()
                .orElse(RaftLog.INVALID_LOG_INDEX);
        return standstill.at(others, log.getLastCommittedIndex(), System.nanoTime());
    }

    /**
     * Confirms that this peer leads. Fails when it takes long: a change of the configuration in that very moment may
     * leave nobody who is asked, or who answers.
     */
    CompletableFuture<Void> linearizableRead() {
        long patience = Math.max(
                READ_MILLIS, READ_ELECTION_TIMEOUTS * division.properties().minRpcTimeoutMs());
        return send(Message.EMPTY, RaftClientRequest.readRequestType(), ownOrigin(Origin.ANY))
                .copy()
                .orTimeout(patience, TimeUnit.MILLISECONDS)
                .handle((reply, error) -> {
                    if (error instanceof TimeoutException) {
                        throw new ServiceException(
                                FailureCode.NOT_LEADER,
                                "Not confirmed within " + patience
                                        + " ms: that this peer leads, and has applied it all");
                    }
                    if (error != null) {
                        throw new ServiceException(FailureCode.NOT_LEADER, String.valueOf(error.getMessage()), error);
                    }
                    if (!reply.isSuccess()) {
                        throw new ServiceException(
                                reply.getNotLeaderException() != null ? FailureCode.NOT_LEADER : FailureCode.TIMED_OUT,
                                String.valueOf(reply.getException()));
                    }
                    return null;
                });
    }

    /** Lets the library take note of a published snapshot and purge the log up to it. */
    CompletableFuture<Void> purge() {
        RaftPeerId peer = server.getId();
        return server.snapshotManagementAsync(SnapshotManagementRequest.newCreate(
                        client, peer, id, calls.incrementAndGet(), PURGE_TIMEOUT_MILLIS, 1))
                .thenAccept(reply -> {
                    if (!reply.isSuccess()) {
                        throw new ServiceException(FailureCode.TIMED_OUT, String.valueOf(reply.getException()));
                    }
                });
    }

    /** The peers of the newest configuration, none of a group that waits to be added to. */
    Collection<RaftPeer> peers() {
        return division.getRaftConf().getAllPeers();
    }

    /** Whether it is one of them: one that is none waits to be added, or was removed. */
    boolean isPeer() {
        return division.getRaftConf().getPeer(server.getId()) != null;
    }

    /** The library's side of it. */
    RaftServer.Division division() {
        return division;
    }

    /** Whether a peer has answered this one, which leads, within a time. */
    boolean isHeardFrom(RaftPeerId peer, Duration within) {
        return division.getInfo().getRoleInfoProto().getLeaderInfo().getFollowerInfoList().stream()
                .filter(follower -> RaftPeerId.valueOf(follower.getId().getId()).equals(peer))
                .anyMatch(follower -> follower.getLastRpcElapsedTimeMs() < within.toMillis());
    }

    /**
     * Tells which of the others this peer has heard of within a time, and which it has not and would have: a leader
     * hears of everybody, who follows hears of the leader, and who has heard of none misses everybody.
     */
    void hearing(Duration within, Collection<RaftPeerId> heard, Collection<RaftPeerId> missed) {
        boolean leads = division.getInfo().isLeader();
        RaftPeerId leader = division.getInfo().getLeaderId();
        // Asked of a leader, too: once it leads no more, its silence is as long as it was not asked.
        Duration silence = silence();
        boolean follows = !leads && silence.compareTo(within) < 0;
        for (RaftPeer peer : peers()) {
            RaftPeerId id = peer.getId();
            if (id.equals(server.getId())) {
                continue;
            }
            if (leads ? isHeardFrom(id, within) : follows && id.equals(leader)) {
                heard.add(id);
            } else if (!follows) {
                missed.add(id);
            }
        }
    }

    /** How the others follow, where this peer leads; one that has never answered is behind by everything. */
    List<PeerStanding> standings() {
        if (!division.getInfo().isLeader()) {
            return List.of();
        }
        Map<ByteString, Long> committed = new HashMap<>();
        division.getCommitInfos()
                .forEach(each -> committed.put(each.getServer().getId(), Math.max(0, each.getCommitIndex())));
        long last = log.getLastCommittedIndex();
        return division.getInfo().getRoleInfoProto().getLeaderInfo().getFollowerInfoList().stream()
                .map(follower -> new PeerStanding(
                        PeerId.parse(follower.getId().getId().toStringUtf8()),
                        Duration.ofMillis(follower.getLastRpcElapsedTimeMs()),
                        Math.max(
                                0,
                                last - committed.getOrDefault(follower.getId().getId(), 0L))))
                .toList();
    }

    /** Every peer; the leader tells the others with each message how far all are. */
    List<ReplicaLag> replicas() {
        Map<ByteString, Long> committed = new HashMap<>();
        division.getCommitInfos().forEach(each -> committed.put(each.getServer().getId(), each.getCommitIndex()));
        long last = Math.max(
                log.getLastCommittedIndex(),
                committed.values().stream().mapToLong(Long::longValue).max().orElse(0));
        return peers().stream()
                .map(peer -> {
                    Long its = committed.get(peer.getId().toByteString());
                    return new ReplicaLag(
                            PeerId.parse(peer.getId().toString()),
                            its == null ? OptionalLong.empty() : OptionalLong.of(Math.max(0, last - Math.max(0, its))));
                })
                .toList();
    }

    /** Replaces the peers, if they still are these. */
    CompletableFuture<RaftClientReply> setPeers(List<RaftPeer> current, List<RaftPeer> next) {
        SetConfigurationRequest.Arguments change = SetConfigurationRequest.Arguments.newBuilder()
                .setServersInNewConf(next)
                .setServersInCurrentConf(current)
                .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
                .build();
        try {
            return server.setConfigurationAsync(
                    new SetConfigurationRequest(client, server.getId(), id, calls.incrementAndGet(), change));
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Entries are refused until it is over, for so long at most. */
    CompletableFuture<RaftClientReply> transferTo(RaftPeerId next, Duration atMost) {
        transfers.incrementAndGet();
        return transfer(next, atMost).whenComplete((reply, error) -> {
            if (transfers.decrementAndGet() == 0) {
                FailedTransfer.end(division);
            }
        });
    }

    private CompletableFuture<RaftClientReply> transfer(RaftPeerId next, Duration atMost) {
        try {
            return server.transferLeadershipAsync(new TransferLeadershipRequest(
                    client, server.getId(), id, calls.incrementAndGet(), next, atMost.toMillis()));
        } catch (IOException | RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletableFuture<RaftClientReply> send(Message message, RaftClientRequest.Type type, Origin origin) {
        RaftClientRequest request = RaftClientRequest.newBuilder()
                .setClientId(origin.client())
                .setServerId(server.getId())
                .setGroupId(id)
                .setCallId(origin.call())
                .setMessage(message)
                .setType(type)
                .build();
        try {
            return requests.submitClientRequestAsync(request);
        } catch (IOException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
