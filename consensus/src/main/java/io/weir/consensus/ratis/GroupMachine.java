package io.weir.consensus.ratis;

import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
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
    private final SimpleStateMachineStorage storage = new SimpleStateMachineStorage();
    private final ReentrantLock applying = new ReentrantLock();
    private final AtomicReference<@Nullable SingleFileSnapshotInfo> toPublish = new AtomicReference<>();
    private volatile @Nullable SnapshotInfo latest;
    private volatile LogPosition applied;
    private volatile long leaderTerm;

    /** What the group wants to know. */
    interface Events {
        /** This peer leads and has applied everything before; on the apply thread. */
        void leading(long term);

        /** This peer does not lead. */
        void notLeading();

        /** The log's disk failed: nothing more is written until the group is opened again. */
        void logFailed(Throwable cause);

        /** The state threw: a bug; this peer's part in the group ends. */
        void applyFailed(LogPosition position, Throwable bug);
    }

    GroupMachine(ReplicatedState state, @Nullable SnapshotInfo latest, Events events, SegmentSync segments) {
        this.state = state;
        this.events = events;
        this.segments = segments;
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

    FrozenAt freeze() {
        applying.lock();
        try {
            return new FrozenAt(state.freeze(), applied);
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
        storage.init(raftStorage);
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
    public TransactionContext preAppendTransaction(TransactionContext transaction) {
        if (transaction.getStateMachineContext() instanceof Proposal proposal) {
            proposal.appending();
        }
        return transaction;
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        LogEntryProto entry = transaction.getLogEntry();
        LogPosition position = new LogPosition(entry.getTerm(), entry.getIndex());
        Proposal proposal = transaction.getStateMachineContext() instanceof Proposal ours ? ours : null;
        List<ByteBuffer> pieces = proposal != null
                ? proposal.pieces()
                : Proposal.piecesOf(entry.getStateMachineLogEntry().getLogData());
        Object reply;
        applying.lock();
        try {
            reply = state.apply(position, pieces);
            moveTo(position);
        } catch (RuntimeException | Error bug) {
            events.applyFailed(position, bug);
            throw bug;
        } finally {
            applying.unlock();
        }
        if (proposal != null) {
            proposal.applied(position, reply);
        }
        return DONE;
    }

    @Override
    public void notifyTermIndexUpdated(long term, long index) {
        applying.lock();
        try {
            moveTo(new LogPosition(term, index));
        } finally {
            applying.unlock();
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

    /** Only publishes a finished file. */
    @Override
    public long takeSnapshot() {
        SingleFileSnapshotInfo next = toPublish.getAndSet(null);
        if (next != null) {
            storage.updateLatestSnapshot(next);
            latest = next;
        }
        SnapshotInfo now = latest;
        return now == null ? RaftLog.INVALID_LOG_INDEX : now.getIndex();
    }

    @Override
    public CompletableFuture<Void> flush(long logIndex) {
        try {
            segments.beforeFsync(logIndex);
            return CompletableFuture.completedFuture(null);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public void notifyConfigurationChanged(long term, long index, RaftConfigurationProto configuration) {
        leaderTerm = term;
    }

    @Override
    public void notifyLeaderReady() {
        events.leading(leaderTerm);
    }

    @Override
    public void notifyNotLeader(Collection<TransactionContext> pending) {
        events.notLeading();
    }

    @Override
    public void notifyLeaderChanged(RaftGroupMemberId member, RaftPeerId leader) {
        if (!member.getPeerId().equals(leader)) {
            events.notLeading();
        }
    }

    @Override
    public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto entry) {
        events.logFailed(cause);
    }
}
