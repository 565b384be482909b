package io.weir.consensus.ratis;

import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.log.LogMark;
import io.weir.consensus.log.LogReader;
import io.weir.consensus.ratis.forward.Forwarded;
import io.weir.consensus.ratis.forward.LeaderSide;
import io.weir.consensus.ratis.forward.Origin;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.GroupMembership;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.Peer;
import io.weir.contracts.consensus.PeerId;
import io.weir.contracts.consensus.ReplicaLag;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.NodeId;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One group, over the time that its service holds on to it: the {@linkplain RunningGroup running} part behind it is
 * replaced when its disk failed and has healed.
 */
final class RatisGroup implements ConsensusGroup, GroupMachine.Events {
    private static final Logger LOG = LoggerFactory.getLogger(RatisGroup.class);
    /** What the library and the mark add to an entry, about. */
    private static final int FRAME_BYTES = 64;

    private final String name;
    private final ReplicatedState state;
    private final GroupFiles files;
    private final ConsensusConfig config;
    private final RatisConsensus consensus;
    private final LogReader reader;
    private final InFlight inFlight;
    private final GroupHealth health;
    private final LeadershipOfGroup leadership;

    private final Optional<GroupMembership> membership;
    private final StateCheck check;
    private final GroupSnapshots snapshots;
    private final @Nullable FollowerSide following;
    private final LeaderSide leading;
    private final GroupAsReplica replica;
    private final GroupWatch watch;

    private volatile @Nullable RunningGroup running;
    private volatile boolean closed;

    RatisGroup(String name, ReplicatedState state, GroupFiles files, ConsensusConfig config, RatisConsensus consensus) {
        this.name = name;
        this.state = state;
        this.health = new GroupHealth(name);
        this.files = files;
        this.config = config;
        this.consensus = consensus;
        this.leadership = new LeadershipOfGroup(this::leadershipChanged);
        this.reader = new LogReader(files.log(), config.limitsOf(name).maxEntryBytes() + 1024);
        this.inFlight = new InFlight(config.inFlightEntries(), config.inFlightBytes());
        this.check = new StateCheck(
                name,
                GroupSnapshots.threads(name, "check"),
                entry -> leadership.isHere()
                        ? submit(entry, true).thenApply(Submission.Applied.class::isInstance)
                        : CompletableFuture.completedFuture(false));
        Executor threads = GroupSnapshots.threads(name, "snapshot");
        this.snapshots = new GroupSnapshots(name, files, () -> closed ? null : running, this::askPeers, threads);
        this.following = consensus.followerSide(this);
        this.replica = new GroupAsReplica(this, leadership, reader);
        this.watch = new GroupWatch(name, files, health, config, () -> closed ? null : running);
        Duration silence = config.electionTimeout().multipliedBy(2);
        this.leading = new GroupAsLeader(this, leadership, silence, consensus::admissions);
        this.membership = consensus.self().map(self -> new RatisMembership(self, () -> running, leadership, silence));
    }

    @Override
    public String name() {
        return name;
    }

    GroupFiles files() {
        return files;
    }

    ReplicatedState state() {
        return state;
    }

    /** What the other peers see of it. */
    LeaderSide leading() {
        return leading;
    }

    /** What those see of it who follow it without a replica. */
    GroupAsReplica followed() {
        return replica;
    }

    private void leadershipChanged(Leadership now) {
        state.leadershipChanged(now);
        replica.changed();
    }

    @Override
    public Leadership leadership() {
        return leadership.now();
    }

    @Override
    public LogPosition applied() {
        RunningGroup now = running;
        return now == null ? LogPosition.NONE : now.machine().applied();
    }

    @Override
    public CompletableFuture<Submission> submit(List<ByteBuffer> entry) {
        return submit(entry, false);
    }

    @Override
    public CompletableFuture<Submission> submit(List<ByteBuffer> entry, long term) {
        RunningGroup now = running;
        return now == null ? CompletableFuture.completedFuture(notLeader()) : take(now.ownOrigin(term), entry);
    }

    private CompletableFuture<Submission> submit(List<ByteBuffer> entry, boolean isOwn) {
        int size = sizeOf(entry);
        Optional<Submission> refusal = refusal();
        if (refusal.isPresent()) {
            lookAfterRunning();
            return CompletableFuture.completedFuture(refusal.get());
        }
        if (!inFlight.acquire(size)) {
            return CompletableFuture.completedFuture(interrupted());
        }
        RunningGroup now = running;
        refusal = refusal();
        if (now != null && refusal.isEmpty()) {
            if (leadership.isHere()) {
                return propose(
                        now,
                        new Proposal(entry, size, isOwn ? LogMark.OWN : now.syncedUpTo(), now.ownOrigin(Origin.ANY)));
            }
            Optional<Leader> leader = leadership.leader();
            if (following != null && leader.isPresent() && !isOwn) {
                return following
                        .submit(entry, leader.get())
                        .whenComplete((submission, impossible) -> inFlight.release(size));
            }
        }
        inFlight.release(size);
        return CompletableFuture.completedFuture(refusal.orElseGet(this::notLeader));
    }

    private CompletableFuture<Submission> propose(RunningGroup now, Proposal proposal) {
        inFlight.add(proposal);
        CompletableFuture<Submission> outcome = proposal.outcome().whenComplete((submission, impossible) -> {
            inFlight.remove(proposal);
            inFlight.release(proposal.bytes());
        });
        var _ = now.submit(proposal).whenComplete((reply, error) -> answered(proposal, reply, error));
        if (running != now) {
            proposal.abandoned(FailureCode.NOT_LEADER, "Group " + name + " was closed meanwhile");
        }
        files.size().appended(proposal.bytes() + (long) FRAME_BYTES);
        return outcome;
    }

    private Submission interrupted() {
        return new Submission.NotAccepted(FailureCode.SHUTTING_DOWN, "Interrupted while waiting to submit");
    }

    Submission.NotAccepted notLeader() {
        return new Submission.NotAccepted(
                FailureCode.NOT_LEADER, "Group " + name + " has no leader here", leadership.leader());
    }

    /** An applied proposal has its answer already; here come the others. */
    private void answered(Proposal proposal, @Nullable RaftClientReply reply, @Nullable Throwable error) {
        Throwable why = error != null ? error : reply == null ? null : reply.getException();
        proposal.abandoned(
                closed ? FailureCode.SHUTTING_DOWN : FailureCode.NOT_LEADER,
                why == null ? "Applied by another peer's word" : String.valueOf(why.getMessage()));
        if (why != null) {
            lookAfterRunning();
        }
    }

    private int sizeOf(List<ByteBuffer> entry) {
        return Proposal.sizeOf(entry, config.limitsOf(name).maxEntryBytes(), name);
    }

    private Optional<Submission> refusal() {
        if (closed) {
            return Optional.of(new Submission.NotAccepted(FailureCode.SHUTTING_DOWN, "Group " + name + " is closed"));
        }
        Optional<Submission> failed = health.refusal();
        if (failed.isPresent()) {
            return failed;
        }
        boolean isForwarded = following != null && leadership.leader().isPresent();
        return leadership.isHere() || isForwarded ? Optional.empty() : Optional.of(notLeader());
    }

    @Override
    public CompletableFuture<Void> barrier() {
        RunningGroup now = running;
        if (now != null && leadership.isHere()) {
            return now.linearizableRead();
        }
        return following != null && now != null && leader().isPresent()
                ? following.barrier()
                : CompletableFuture.failedFuture(
                        new ServiceException(FailureCode.NOT_LEADER, "Group " + name + " has no leader here"));
    }

    /** As {@link LeaderSide#take} says: in the one term that the origin names. */
    CompletableFuture<Submission> take(Origin origin, List<ByteBuffer> entry) {
        int size = sizeOf(entry);
        if (!inFlight.acquire(size)) {
            return CompletableFuture.completedFuture(interrupted());
        }
        RunningGroup now = running;
        Optional<Submission> refusal = refusal();
        if (now != null && refusal.isEmpty() && leadership.now().equals(new Leadership.Leading(origin.term()))) {
            return propose(now, new Proposal(entry, size, now.syncedUpTo(), origin));
        }
        inFlight.release(size);
        return CompletableFuture.completedFuture(refusal.orElseGet(this::notLeader));
    }

    /** What runs now. */
    @Nullable RunningGroup running() {
        return running;
    }

    /** Who leads, if that is another peer. */
    Optional<Leader> leader() {
        return leadership.leader();
    }

    /** A node's peer in the newest configuration. */
    Optional<Peer> peer(NodeId node) {
        return peers().filter(peer -> peer.id().node().equals(node))
                .max(Comparator.comparingLong(peer -> peer.id().incarnation()));
    }

    /** Everybody in it. */
    Stream<Peer> peers() {
        RunningGroup now = running;
        return now == null ? Stream.empty() : now.peers().stream().map(RatisMembership::peer);
    }

    /** Everybody in it, and whoever is asked to be admitted to it. */
    Stream<Peer> reached() {
        return following == null ? peers() : Stream.concat(peers(), following.reached());
    }

    /** Now and then. */
    void tick() {
        lookAfterRunning();
        watch.look();
        if (following != null) {
            following.tick();
        }
    }

    /** Has the group opened again when its running part has ended, and nobody here has ended it. */
    private void lookAfterRunning() {
        watch.afterEnd().ifPresent(pause -> {
            leadership.leads().completeExceptionally(new IllegalStateException("The library has ended it"));
            consensus.heal(this, pause);
        });
    }

    GroupWatch watch() {
        return watch;
    }

    @Override
    public List<ByteBuffer> read(long index) {
        if (index <= snapshots.published().index()) {
            throw new ServiceException(
                    FailureCode.OBJECT_MISSING, "Entry " + index + " of group " + name + " was purged");
        }
        return reader.read(index);
    }

    @Override
    public CompletableFuture<PreparedSnapshot> prepareSnapshot() {
        return snapshots.prepare();
    }

    @Override
    public CompletableFuture<LogPosition> copyState(OutputStream target) {
        return snapshots.copy(target);
    }

    @Override
    public long logBytes() {
        return files.size().bytes(snapshots.published().index());
    }

    @Override
    public Optional<String> failure() {
        return health.failure();
    }

    @Override
    public Object ownEntry(LogPosition position, List<ByteBuffer> entry, ReplicatedState applied) {
        check.applied(position, entry, applied);
        return position;
    }

    /** Waits while too much is in flight, which the thread that purges must not. */
    private void askPeers() {
        if (membership.isPresent()) {
            check.begin();
        }
    }

    @Override
    public @Nullable Forwarded recognized(ByteString client, long call) {
        return following == null ? null : following.recognized(client, call);
    }

    @Override
    public void applied(LogPosition position, @Nullable StateMachineLogEntryProto submitted) {
        replica.applied(position, submitted);
    }

    @Override
    public void applied(LogPosition position, int bytes) {
        if (following != null) {
            following.applied(position);
            if (bytes > 0 && position.index() >= files.nextAtStart()) {
                files.size().appended(bytes + (long) FRAME_BYTES);
            }
        }
    }

    @Override
    public Optional<String> divergence() {
        return check.divergence();
    }

    @Override
    public List<ReplicaLag> replicas() {
        RunningGroup now = running;
        return now == null || membership.isEmpty() ? List.of() : now.replicas();
    }

    @Override
    public Optional<GroupMembership> membership() {
        return membership;
    }

    @Override
    public void close() {
        consensus.close(this);
    }

    /** An attempt to open it begins. */
    void opening() {
        leadership.opening();
    }

    GroupHealth health() {
        return health;
    }

    /** The part that runs from now on; it may lead already. */
    void opened(RunningGroup now, LogPosition snapshot) {
        snapshots.found(snapshot);
        replica.restored(snapshot);
        running = now;
        health.restored();
        leadership.opened();
    }

    /** Completes once this peer leads and has replayed its log; exceptionally when the log fails before that. */
    CompletableFuture<Void> leads() {
        return leadership.leads();
    }

    /** Nothing runs any more: whatever was in flight stays unknown. */
    @Nullable RunningGroup stopped() {
        RunningGroup before = running;
        running = null;
        if (before != null) {
            before.machine().ended();
        }
        replica.changed();
        return before;
    }

    void abandonInFlight(String why) {
        leadership.none();
        FailureCode code = closed ? FailureCode.SHUTTING_DOWN : FailureCode.NOT_LEADER;
        inFlight.abandon(code, why);
        if (following != null) {
            following.abandon(code, why);
        }
    }

    void markClosed() {
        closed = true;
        reader.close();
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void leading(long term) {
        leadership.leading(term);
    }

    @Override
    public void following(long term, @Nullable RaftPeerId leader) {
        leadership.following(
                term,
                Optional.ofNullable(leader)
                        .map(id -> new Leader(PeerId.parse(id.toString()).node(), term)));
    }

    @Override
    public SingleFileSnapshotInfo installed() throws IOException {
        try {
            return restoreInstalled();
        } catch (IOException | RuntimeException e) {
            // The library ends the group's part here without a word.
            logFailed(e);
            throw e;
        }
    }

    private SingleFileSnapshotInfo restoreInstalled() throws IOException {
        files.syncTree();
        LogPosition position = files.snapshots().restore(state);
        SingleFileSnapshotInfo snapshot = files.snapshots().latestInfo();
        if (snapshot == null) {
            throw new IOException("No snapshot in " + files.storage() + " after one was installed");
        }
        snapshots.found(position);
        replica.restored(position);
        replica.changed();
        files.size().purging();
        if (following != null) {
            following.skippedTo(position);
        }
        LOG.atInfo()
                .addKeyValue("group", name)
                .addKeyValue("index", position.index())
                .log("Caught up by a snapshot of the leader's");
        return snapshot;
    }

    @Override
    public void logFailed(Throwable cause) {
        files.logFailed();
        // Whoever waits for an attempt to open it need not wait for the time limit.
        leadership.leads().completeExceptionally(cause);
        if (!closed && health.logFailed(cause)) {
            consensus.heal(this, config.reopenAfter());
        }
    }

    @Override
    public void applyFailed(LogPosition position, Throwable bug, Runnable end) {
        health.applyFailed(position, bug);
        GroupSnapshots.threads(name, "stop").execute(() -> {
            abandonInFlight("The state threw at " + position);
            end.run();
        });
    }
}
