package io.weir.consensus.ratis;

import io.weir.consensus.log.Durable;
import io.weir.consensus.ratis.forward.Forwarded;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.StateMachineException;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.impl.ElectionPause;
import org.apache.ratis.server.impl.FailedUpdater;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;

/**
 * The library's view of a {@link ReplicatedState}; a new one for each time that a group is opened.
 *
 * <p>Threading: the library calls it from its apply thread, its log writer and its leader's threads; the state is
 * called under a lock that nobody holds for longer than one entry or one freeze.
 */
final class GroupMachine extends BaseStateMachine {
    private static final CompletableFuture<Message> DONE = CompletableFuture.completedFuture(Message.EMPTY);

    private final ReplicatedState state;
    private final Events events;
    private final SegmentSync segments;
    private final boolean stands;
    private final SimpleStateMachineStorage storage = new SimpleStateMachineStorage();
    private final ReentrantLock applying = new ReentrantLock();
    private final AtomicReference<@Nullable SingleFileSnapshotInfo> toPublish = new AtomicReference<>();
    private final IncomingEntries incoming;
    private volatile @Nullable SnapshotInfo latest;
    private volatile LogPosition applied;
    private volatile long leaderTerm;
    private volatile @Nullable LogEntryProto configuration;
    private volatile boolean broken;
    private volatile boolean removed;
    private volatile @Nullable Path temporary;
    private volatile RaftServer.@Nullable Division part;
    private @Nullable RaftLog log;
    private boolean ended;

    /** What the group wants to know. */
    interface Events {
        /** This peer leads and has applied everything before; on the apply thread. */
        void leading(long term);

        /**
         * This peer does not lead.
         *
         * @param term that it will not lead in, nor in an earlier one
         * @param leader who does, if that is known
         */
        void following(long term, @Nullable RaftPeerId leader);

        /** An entry that the group wrote for itself, in its turn. */
        Object ownEntry(LogPosition position, List<ByteBuffer> entry, ReplicatedState state);

        /** The entry that this peer handed to the leader under this name, if it is one. */
        @Nullable Forwarded recognized(ByteString client, long call);

        /**
         * An entry was applied, and nobody has been told so yet; on the apply thread.
         *
         * @param submitted what it holds; nothing if it is the library's
         */
        void applied(LogPosition position, @Nullable StateMachineLogEntryProto submitted);

        /**
         * Everything up to here was applied; on the apply thread.
         *
         * @param bytes of the entry, if it came from another peer
         */
        void applied(LogPosition position, int bytes);

        /** A snapshot of the leader's was put in place of this peer's files: restores the state from it. */
        SingleFileSnapshotInfo installed() throws IOException;

        /** The log's disk failed: nothing more is written until the group is opened again. */
        void logFailed(Throwable cause);

        /** The state threw, a bug: this peer's part in the group is to be ended, from another thread. */
        void applyFailed(LogPosition position, Throwable bug, Runnable end);
    }

    /** @param stands whether its peer stands for election from the start */
    GroupMachine(
            ReplicatedState state,
            @Nullable SnapshotInfo latest,
            Events events,
            SegmentSync segments,
            IncomingEntries incoming,
            boolean stands) {
        this.state = state;
        this.events = events;
        this.segments = segments;
        this.incoming = incoming;
        this.stands = stands;
        this.latest = latest;
        if (latest == null) {
            applied = LogPosition.NONE;
        } else {
            setLastAppliedTermIndex(latest.getTermIndex());
            applied = new LogPosition(latest.getTerm(), latest.getIndex());
        }
    }

    /** A view of the state, and where it is in the log. */
    record FrozenAt(ReplicatedState.Frozen view, LogPosition position) {}

    LogPosition applied() {
        return applied;
    }

    /** The state threw: nothing is applied any more. */
    boolean isBroken() {
        return broken;
    }

    /** Its part has ended since the peers of the group are others: the leader has said so, or the log. */
    boolean isRemoved() {
        return removed;
    }

    /** The last one that was applied, or came with a snapshot; none where that was before this opening. */
    @Nullable LogEntryProto configuration() {
        return configuration;
    }

    /** The library's, which it may have forgotten where it could not start it. */
    Optional<RaftServer.Division> part() {
        return Optional.ofNullable(part);
    }

    /** Where what leaders send is taken. */
    IncomingEntries incoming() {
        return incoming;
    }

    /** @throws ServiceException {@code SHUTTING_DOWN} if the state is another machine's by now */
    FrozenAt freeze() {
        applying.lock();
        try {
            if (ended) {
                throw new ServiceException(FailureCode.SHUTTING_DOWN, "This part of the group has ended");
            }
            return new FrozenAt(state.freeze(), applied);
        } finally {
            applying.unlock();
        }
    }

    /** The state is about to be restored for the next machine: its place in the log is none that this one knows. */
    void ended() {
        applying.lock();
        try {
            ended = true;
        } finally {
            applying.unlock();
        }
    }

    /** The snapshot that the next {@link #takeSnapshot} makes the latest. */
    void publishNext(SingleFileSnapshotInfo snapshot) {
        toPublish.set(snapshot);
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId group, RaftStorage raftStorage) throws IOException {
        super.initialize(server, group, raftStorage);
        RaftServer.Division mine = server.getDivision(group);
        part = mine;
        if (!stands) {
            ElectionPause.begin(mine);
        }
        storage.init(raftStorage);
        temporary =
                GroupFiles.arrivingBelow(raftStorage.getStorageDir().getRoot().toPath());
        getLifeCycle().startAndTransition(() -> {});
    }

    /** The leader's snapshot has arrived: its bytes must last before the log in front of it is purged. */
    @Override
    public void pause() {
        Path arrived = temporary;
        if (arrived != null) {
            try {
                Durable.syncFilesBelow(arrived);
            } catch (IOException e) {
                throw new UncheckedIOException("Cannot fsync a snapshot in " + arrived, e);
            }
        }
        // The next snapshot may come before the state was restored from the one before it.
        if (getLifeCycleState() != LifeCycle.State.PAUSED) {
            getLifeCycle().transition(LifeCycle.State.PAUSING);
            getLifeCycle().transition(LifeCycle.State.PAUSED);
        }
    }

    /** On the apply thread, with the leader's snapshot in place. */
    @Override
    public void reinitialize() throws IOException {
        getLifeCycle()
                .startAndTransition(
                        () -> {
                            applying.lock();
                            try {
                                SingleFileSnapshotInfo snapshot = events.installed();
                                storage.updateLatestSnapshot(snapshot);
                                latest = snapshot;
                                applied = new LogPosition(snapshot.getTerm(), snapshot.getIndex());
                                setLastAppliedTermIndex(snapshot.getTermIndex());
                            } finally {
                                applying.unlock();
                            }
                        },
                        IOException.class);
    }

    @Override
    public StateMachineStorage getStateMachineStorage() {
        return storage;
    }

    @Override
    public @Nullable SnapshotInfo getLatestSnapshot() {
        return latest;
    }

    @Override
    public TransactionContext startTransaction(RaftClientRequest request) throws IOException {
        TransactionContext transaction = super.startTransaction(request);
        transaction.setStateMachineContext(request.getMessage());
        return transaction;
    }

    @Override
    public TransactionContext preAppendTransaction(TransactionContext transaction) throws StateMachineException {
        // The leader holds the lock under which its term changes: the entry will have just this one.
        if (transaction.getStateMachineContext() instanceof Proposal proposal
                && !proposal.appending(this::currentTerm)) {
            throw new StateMachineException("Not in term " + currentTerm() + ", or not any more", false);
        }
        return transaction;
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        LogEntryProto entry = transaction.getLogEntry();
        LogPosition position = new LogPosition(entry.getTerm(), entry.getIndex());
        Proposal proposal = transaction.getStateMachineContext() instanceof Proposal ours ? ours : null;
        ByteString logData = entry.getStateMachineLogEntry().getLogData();
        boolean isOwn = Proposal.isOwn(logData);
        Forwarded forwarded = proposal != null
                ? null
                : events.recognized(
                        entry.getStateMachineLogEntry().getClientId(),
                        entry.getStateMachineLogEntry().getCallId());
        List<ByteBuffer> pieces = proposal != null
                ? proposal.pieces()
                : forwarded != null ? forwarded.pieces() : Proposal.piecesOf(logData);
        Object reply;
        applying.lock();
        try {
            if (broken) {
                String why = "The state threw in front of " + position;
                return notApplied(forwarded, why, new IllegalStateException(why));
            }
            reply = isOwn ? events.ownEntry(position, pieces, state) : state.apply(position, pieces);
            moveTo(position);
        } catch (RuntimeException | Error bug) {
            // The library's thread that is thrown at spins for ever if the group is just being closed.
            broken = true;
            events.applyFailed(position, bug, this::end);
            return notApplied(forwarded, "The state threw at " + position, bug);
        } finally {
            applying.unlock();
        }
        events.applied(position, entry.getStateMachineLogEntry());
        events.applied(position, proposal == null ? logData.size() : 0);
        if (proposal != null) {
            proposal.applied(position, reply);
        } else if (forwarded != null) {
            forwarded.applied(position, reply);
        }
        return DONE;
    }

    /** Once it was recognized nobody else finds it, whoever ends this part of the group. */
    private static CompletableFuture<Message> notApplied(@Nullable Forwarded forwarded, String why, Throwable failure) {
        if (forwarded != null) {
            forwarded.lost(why);
        }
        return CompletableFuture.failedFuture(failure);
    }

    @Override
    public void notifyTermIndexUpdated(long term, long index) {
        if (broken) {
            return;
        }
        LogPosition position = new LogPosition(term, index);
        applying.lock();
        try {
            moveTo(position);
        } finally {
            applying.unlock();
        }
        events.applied(position, null);
        events.applied(position, 0);
    }

    /** The library ends the part, on whatever thread, before it closes the log. */
    @Override
    public void close() {
        incoming.end();
    }

    /** Ends this peer's part in the group: the other peers go on. Waits for the apply thread. */
    void end() {
        try {
            RaftServer.Division part = getServer().join().getDivision(getGroupId());
            try (var _ = FailedUpdater.seeTo(List.of(part))) {
                part.close();
            }
        } catch (IOException e) {
            LOG.warn("{}: it has ended already", getId(), e);
        }
    }

    private void moveTo(LogPosition position) {
        applied = position;
        updateLastAppliedTermIndex(TermIndex.valueOf(position.term(), position.index()));
    }

    @Override
    public CompletableFuture<Message> query(Message request) {
        return DONE;
    }

    /** Only publishes a finished file, unless one of the leader's, which is newer, has taken its place meanwhile. */
    @Override
    public long takeSnapshot() {
        SingleFileSnapshotInfo next = toPublish.getAndSet(null);
        SnapshotInfo now = latest;
        if (next != null && (now == null || next.getIndex() > now.getIndex())) {
            storage.updateLatestSnapshot(next);
            latest = next;
            now = next;
        }
        return now == null ? RaftLog.INVALID_LOG_INDEX : now.getIndex();
    }

    @Override
    public CompletableFuture<Void> flush(long logIndex) {
        try {
            segments.beforeFsync(log().getFlushIndex());
            return CompletableFuture.completedFuture(null);
        } catch (IOException | UncheckedIOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private RaftLog log() throws IOException {
        RaftLog known = log;
        if (known == null) {
            known = getServer().join().getDivision(getGroupId()).getRaftLog();
            log = known;
        }
        return known;
    }

    @Override
    public void notifyConfigurationChanged(long term, long index, RaftConfigurationProto configuration) {
        leaderTerm = term;
        this.configuration = LogEntryProto.newBuilder()
                .setTerm(term)
                .setIndex(index)
                .setConfigurationEntry(configuration)
                .build();
    }

    @Override
    public void notifyLeaderReady() {
        if (!broken) {
            events.leading(leaderTerm);
        }
    }

    @Override
    public void notifyNotLeader(Collection<TransactionContext> pending) {
        events.following(currentTerm(), null);
    }

    @Override
    public void notifyLeaderChanged(RaftGroupMemberId member, RaftPeerId leader) {
        if (!member.getPeerId().equals(leader)) {
            events.following(currentTerm(), leader);
        }
    }

    /** @param all whether it ends with all others, which is told of every group when the server is closed */
    @Override
    public void notifyServerShutdown(RoleInfoProto role, boolean all) {
        removed |= !all;
    }

    private long currentTerm() {
        try {
            return getServer().join().getDivision(getGroupId()).getInfo().getCurrentTerm();
        } catch (IOException notThere) {
            // This part of the group has ended; the next one may lead, in a later term than this one did.
            return leaderTerm;
        }
    }

    @Override
    public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto entry) {
        incoming.logFailed(cause);
        events.logFailed(cause);
    }
}
