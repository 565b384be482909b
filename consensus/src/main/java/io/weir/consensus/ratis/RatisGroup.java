package io.weir.consensus.ratis;

import io.weir.consensus.ConsensusConfig;
import io.weir.consensus.log.LogReader;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.ratis.protocol.RaftClientReply;
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
    private final Semaphore entries;
    private final Semaphore bytes;
    private final Set<Proposal> inFlight = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean preparing = new AtomicBoolean();
    private final ReentrantLock leadershipLock = new ReentrantLock();

    private volatile @Nullable RunningGroup running;
    private volatile Leadership leadership = new Leadership.Following();
    private volatile LogPosition published = LogPosition.NONE;
    private volatile @Nullable Failure failure;
    private volatile boolean closed;
    private volatile CompletableFuture<Void> leads = new CompletableFuture<>();

    /**
     * Why the group does not work.
     *
     * @param code what a submission is refused with
     * @param heals whether opening it again may help
     */
    private record Failure(FailureCode code, String message, boolean heals) {}

    RatisGroup(String name, ReplicatedState state, GroupFiles files, ConsensusConfig config, RatisConsensus consensus) {
        this.name = name;
        this.state = state;
        this.files = files;
        this.config = config;
        this.consensus = consensus;
        this.reader = new LogReader(files.log(), config.limitsOf(name).maxEntryBytes() + 1024);
        this.entries = new Semaphore(config.inFlightEntries());
        this.bytes = new Semaphore(config.inFlightBytes());
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

    @Override
    public Leadership leadership() {
        return leadership;
    }

    @Override
    public LogPosition applied() {
        RunningGroup now = running;
        return now == null ? LogPosition.NONE : now.machine().applied();
    }

    @Override
    public CompletableFuture<Submission> submit(List<ByteBuffer> entry) {
        int size = sizeOf(entry);
        Optional<Submission> refusal = refusal();
        if (refusal.isPresent()) {
            return CompletableFuture.completedFuture(refusal.get());
        }
        try {
            entries.acquire();
            try {
                bytes.acquire(size);
            } catch (InterruptedException e) {
                entries.release();
                throw e;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return CompletableFuture.completedFuture(
                    new Submission.NotAccepted(FailureCode.SHUTTING_DOWN, "Interrupted while waiting to submit"));
        }
        return propose(entry, size);
    }

    private CompletableFuture<Submission> propose(List<ByteBuffer> entry, int size) {
        RunningGroup now = running;
        Optional<Submission> refusal = refusal();
        if (now == null || refusal.isPresent()) {
            entries.release();
            bytes.release(size);
            return CompletableFuture.completedFuture(refusal.orElseGet(
                    () -> new Submission.NotAccepted(FailureCode.NOT_LEADER, "Group " + name + " is not open yet")));
        }
        Proposal proposal = new Proposal(entry, size, now.syncedUpTo());
        inFlight.add(proposal);
        CompletableFuture<Submission> outcome = proposal.outcome().whenComplete((submission, impossible) -> {
            inFlight.remove(proposal);
            entries.release();
            bytes.release(size);
        });
        var _ = now.submit(proposal).whenComplete((reply, error) -> answered(proposal, reply, error));
        if (running != now) {
            proposal.abandoned(FailureCode.NOT_LEADER, "Group " + name + " was closed meanwhile");
        }
        files.size().appended(size + (long) FRAME_BYTES);
        return outcome;
    }

    /** An applied proposal has its answer already; here come the others. */
    private void answered(Proposal proposal, @Nullable RaftClientReply reply, @Nullable Throwable error) {
        Throwable why = error != null ? error : reply == null ? null : reply.getException();
        proposal.abandoned(
                closed ? FailureCode.SHUTTING_DOWN : FailureCode.NOT_LEADER,
                why == null ? "Applied by another peer's word" : String.valueOf(why.getMessage()));
    }

    private int sizeOf(List<ByteBuffer> entry) {
        long size = 0;
        for (ByteBuffer piece : entry) {
            size += piece.remaining();
        }
        int most = config.limitsOf(name).maxEntryBytes();
        if (size > most) {
            throw new IllegalArgumentException(
                    "Entry of " + size + " bytes is over the " + most + " that group " + name + " takes");
        }
        return (int) size;
    }

    private Optional<Submission> refusal() {
        if (closed) {
            return Optional.of(new Submission.NotAccepted(FailureCode.SHUTTING_DOWN, "Group " + name + " is closed"));
        }
        Failure failed = failure;
        if (failed != null) {
            return Optional.of(new Submission.NotAccepted(failed.code(), failed.message()));
        }
        if (!(leadership instanceof Leadership.Leading)) {
            return Optional.of(
                    new Submission.NotAccepted(FailureCode.NOT_LEADER, "Group " + name + " has no leader here"));
        }
        return Optional.empty();
    }

    @Override
    public CompletableFuture<Void> barrier() {
        RunningGroup now = running;
        if (now == null || !(leadership instanceof Leadership.Leading)) {
            return CompletableFuture.failedFuture(
                    new ServiceException(FailureCode.NOT_LEADER, "Group " + name + " has no leader here"));
        }
        return now.linearizableRead();
    }

    @Override
    public List<ByteBuffer> read(long index) {
        if (index <= published.index()) {
            throw new ServiceException(
                    FailureCode.OBJECT_MISSING, "Entry " + index + " of group " + name + " was purged");
        }
        return reader.read(index);
    }

    @Override
    public CompletableFuture<PreparedSnapshot> prepareSnapshot() {
        RunningGroup now = running;
        if (closed || now == null) {
            return CompletableFuture.failedFuture(
                    new ServiceException(FailureCode.SHUTTING_DOWN, "Group " + name + " is not open"));
        }
        if (!preparing.compareAndSet(false, true)) {
            return CompletableFuture.failedFuture(
                    new ServiceException(FailureCode.OVERLOADED, "Group " + name + " is preparing a snapshot already"));
        }
        CompletableFuture<PreparedSnapshot> prepared = new CompletableFuture<>();
        background("snapshot", () -> {
            try {
                GroupMachine.FrozenAt frozen = now.machine().freeze();
                prepared.complete(new Prepared(files.snapshots().write(frozen.view(), frozen.position())));
            } catch (IOException | RuntimeException | Error e) {
                prepared.completeExceptionally(
                        new ServiceException(codeOf(e), "Cannot write a snapshot of group " + name, e));
            } finally {
                preparing.set(false);
            }
        });
        return prepared;
    }

    private void background(String what, Runnable work) {
        Thread.ofPlatform().daemon().name("consensus-" + name + "-" + what).start(work);
    }

    @Override
    public long logBytes() {
        return files.size().bytes(published.index());
    }

    @Override
    public Optional<String> failure() {
        return Optional.ofNullable(failure).map(Failure::message);
    }

    @Override
    public void close() {
        consensus.close(this);
    }

    /** An attempt to open it begins. */
    void opening() {
        if (leads.isDone()) {
            leads = new CompletableFuture<>();
        }
    }

    /** An attempt to open it again has failed: the next one may help. */
    void notOpened(Exception why) {
        if (failure == null) {
            failure = new Failure(
                    FailureCode.NOT_LEADER, "Group " + name + " cannot be opened again yet: " + rootOf(why), true);
        }
    }

    /** The part that runs from now on; its leadership may have been told already. */
    void opened(RunningGroup now, LogPosition snapshot) {
        published = snapshot;
        running = now;
        failure = null;
    }

    /** Completes once this peer leads and has replayed its log; exceptionally when the log fails before that. */
    CompletableFuture<Void> leads() {
        return leads;
    }

    /** Nothing runs any more: whatever was in flight stays unknown. */
    @Nullable RunningGroup stopped() {
        RunningGroup before = running;
        running = null;
        return before;
    }

    void abandonInFlight(String why) {
        notLeading();
        for (Proposal proposal : inFlight) {
            proposal.abandoned(closed ? FailureCode.SHUTTING_DOWN : FailureCode.NOT_LEADER, why);
        }
    }

    void markClosed() {
        closed = true;
        reader.close();
    }

    boolean isClosed() {
        return closed;
    }

    boolean canHeal() {
        Failure failed = failure;
        return failed != null && failed.heals();
    }

    @Override
    public void leading(long term) {
        moveTo(new Leadership.Leading(term));
        leads.complete(null);
    }

    @Override
    public void notLeading() {
        moveTo(new Leadership.Following());
    }

    private void moveTo(Leadership next) {
        leadershipLock.lock();
        try {
            if (!leadership.equals(next)) {
                leadership = next;
                if (next instanceof Leadership.Following && leads.isDone()) {
                    leads = new CompletableFuture<>();
                }
                state.leadershipChanged(next);
            }
        } finally {
            leadershipLock.unlock();
        }
    }

    @Override
    public void logFailed(Throwable cause) {
        // Whoever waits for an attempt to open it need not wait for the time limit.
        leads.completeExceptionally(cause);
        if (failure != null || closed) {
            return;
        }
        FailureCode code = codeOf(cause);
        failure = new Failure(
                code == FailureCode.INTERNAL ? FailureCode.NOT_LEADER : code,
                "Log of group " + name + " failed: " + rootOf(cause),
                true);
        LOG.atError()
                .addKeyValue("group", name)
                .addKeyValue("failureCode", code.label())
                .setCause(cause)
                .log("The log cannot be written; the group is opened again when it can");
        consensus.heal(this, config.reopenAfter());
    }

    @Override
    public void applyFailed(LogPosition position, Throwable bug) {
        failure = new Failure(
                FailureCode.INTERNAL, "State of group " + name + " failed at " + position + ": " + bug, false);
        LOG.atError()
                .addKeyValue("group", name)
                .addKeyValue("index", position.index())
                .setCause(bug)
                .log("The state threw; this peer's part in the group ends");
        background("stop", () -> abandonInFlight("The state threw at " + position));
    }

    private static FailureCode codeOf(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            if (cause instanceof IOException
                    && (message.contains("No space left") || message.contains("quota exceeded"))) {
                return FailureCode.STORAGE_FULL;
            }
        }
        return FailureCode.INTERNAL;
    }

    private static String rootOf(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    private final class Prepared implements PreparedSnapshot {
        private final SnapshotStore.Unpublished file;
        private final AtomicBoolean used = new AtomicBoolean();

        private Prepared(SnapshotStore.Unpublished file) {
            this.file = file;
        }

        @Override
        public LogPosition position() {
            return file.position();
        }

        @Override
        public CompletableFuture<Void> publish() {
            if (!used.compareAndSet(false, true)) {
                throw new IllegalStateException("Snapshot at " + position() + " was published or discarded");
            }
            CompletableFuture<Void> done = new CompletableFuture<>();
            background("publish", () -> {
                try {
                    publishNow().join();
                    done.complete(null);
                } catch (IOException | RuntimeException | Error e) {
                    discardAfter(e);
                    done.completeExceptionally(new ServiceException(
                            codeOf(e), "Cannot publish the snapshot of group " + name + " at " + position(), e));
                }
            });
            return done;
        }

        /** Each attempt has a name of its own: what stayed would fill the disk, which may be why it failed. */
        private void discardAfter(Throwable failed) {
            try {
                files.snapshots().discard(file);
            } catch (IOException stays) {
                failed.addSuppressed(stays);
            }
        }

        private CompletableFuture<Void> publishNow() throws IOException {
            RunningGroup now = running;
            if (closed || now == null) {
                throw new ServiceException(FailureCode.SHUTTING_DOWN, "Group " + name + " is not open");
            }
            if (position().compareTo(published) <= 0) {
                files.snapshots().discard(file);
                return CompletableFuture.completedFuture(null);
            }
            files.syncMetadata();
            now.machine().publishNext(files.snapshots().publish(file));
            return now.purge().thenRun(() -> {
                published = position();
                files.size().purging();
            });
        }

        @Override
        public void discard() {
            if (used.compareAndSet(false, true)) {
                try {
                    files.snapshots().discard(file);
                } catch (IOException e) {
                    throw new ServiceException(FailureCode.INTERNAL, "Cannot delete " + file.path(), e);
                }
            }
        }
    }
}
