package io.weir.testsupport.consensus;

import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A group of a {@link SimulatedConsensus}, with the faults that a test can inject. */
public final class SimulatedGroup implements ConsensusGroup {
    /** Entries in flight at most; a Raft library would block the submitter, which a one-threaded test cannot. */
    public static final int MAX_IN_FLIGHT = 10_000;

    private final String name;
    private final ReplicatedState state;
    private final SimulatedDisk disk;
    private final SimulatedConsensus consensus;
    private final Map<Long, CompletableFuture<Submission>> waiting = new HashMap<>();
    private final List<CompletableFuture<?>> untilDeath = new ArrayList<>();

    private Leadership leadership = new Leadership.Following();
    private LogPosition applied = LogPosition.NONE;
    private @Nullable String failure;
    private boolean dead;
    private boolean preparing;

    private int refusals;
    private FailureCode refusal = FailureCode.OVERLOADED;
    private int losses;
    private Fate fate = Fate.DROPPED;
    private int duplicates;
    private int snapshotFailures;

    /** What really becomes of an entry whose submitter learns nothing. */
    public enum Fate {
        APPLIED,
        DROPPED
    }

    SimulatedGroup(String name, ReplicatedState state, SimulatedDisk disk, SimulatedConsensus consensus) {
        this.name = name;
        this.state = state;
        this.disk = disk;
        this.consensus = consensus;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public synchronized Leadership leadership() {
        return leadership;
    }

    @Override
    public synchronized LogPosition applied() {
        return applied;
    }

    @Override
    public CompletableFuture<Submission> submit(List<ByteBuffer> entry) {
        synchronized (this) {
            Optional<Submission> refused = refusalOf(entry);
            if (refused.isPresent()) {
                return CompletableFuture.completedFuture(refused.get());
            }
            boolean lost = losses > 0;
            if (lost) {
                losses--;
                if (fate == Fate.DROPPED) {
                    return CompletableFuture.completedFuture(new Submission.Unknown("lost by the test"));
                }
            }
            boolean twice = duplicates > 0;
            if (twice) {
                duplicates--;
            }
            SimulatedDisk.Entry appended = disk.append(piecesOf(entry), false);
            CompletableFuture<Submission> future = new CompletableFuture<>();
            waiting.put(appended.position().index(), future);
            consensus.enqueue(this, () -> applyUpTo(appended.position().index()));
            if (twice) {
                SimulatedDisk.Entry again = disk.append(piecesOf(entry), false);
                consensus.enqueue(this, () -> applyUpTo(again.position().index()));
            }
            return lost ? future.thenApply(ignored -> new Submission.Unknown("lost by the test")) : future;
        }
    }

    @Override
    public synchronized CompletableFuture<Submission> submit(List<ByteBuffer> entry, long term) {
        return leadership.equals(new Leadership.Leading(term))
                ? submit(entry)
                : CompletableFuture.completedFuture(
                        new Submission.NotAccepted(FailureCode.NOT_LEADER, "Term " + term + " is not led here"));
    }

    @Override
    public CompletableFuture<Void> barrier() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        synchronized (this) {
            if (dead || !(leadership instanceof Leadership.Leading)) {
                done.completeExceptionally(
                        new ServiceException(FailureCode.NOT_LEADER, "Group " + name + " has no leader here"));
                return done;
            }
            whenDead(done);
            consensus.enqueue(this, () -> {
                if (leadership() instanceof Leadership.Leading) {
                    done.complete(null);
                } else {
                    done.completeExceptionally(
                            new ServiceException(FailureCode.NOT_LEADER, "Group " + name + " lost its leadership"));
                }
            });
        }
        return done;
    }

    /** A task that a crash drops must not leave its future hanging. */
    private void whenDead(CompletableFuture<?> future) {
        untilDeath.removeIf(CompletableFuture::isDone);
        untilDeath.add(future);
    }

    @Override
    public List<ByteBuffer> read(long index) {
        SimulatedDisk.Entry entry = disk.entry(index);
        if (entry == null) {
            throw new ServiceException(
                    FailureCode.OBJECT_MISSING, "Entry " + index + " of group " + name + " is purged or not there");
        }
        return joined(entry.bytes());
    }

    @Override
    public CompletableFuture<PreparedSnapshot> prepareSnapshot() {
        CompletableFuture<PreparedSnapshot> prepared = new CompletableFuture<>();
        synchronized (this) {
            if (dead) {
                return CompletableFuture.failedFuture(closed());
            }
            if (preparing) {
                return CompletableFuture.failedFuture(new ServiceException(
                        FailureCode.OVERLOADED, "Group " + name + " is preparing a snapshot already"));
            }
            preparing = true;
            whenDead(prepared);
            consensus.enqueue(this, () -> {
                LogPosition position = applied();
                ReplicatedState.Frozen frozen = state.freeze();
                consensus.enqueue(this, () -> writeOut(position, frozen, prepared));
            });
        }
        return prepared;
    }

    private void writeOut(
            LogPosition position, ReplicatedState.Frozen frozen, CompletableFuture<PreparedSnapshot> prepared) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (frozen) {
            synchronized (this) {
                if (snapshotFailures > 0) {
                    snapshotFailures--;
                    throw new IOException("injected by the test");
                }
            }
            frozen.writeTo(out);
        } catch (IOException | RuntimeException e) {
            ended();
            prepared.completeExceptionally(new ServiceException(
                    FailureCode.STORAGE_FULL, "Cannot write a snapshot of group " + name + " at " + position, e));
            return;
        }
        ended();
        prepared.complete(new Prepared(SimulatedDisk.Snapshot.of(position, out.toByteArray())));
    }

    @Override
    public CompletableFuture<LogPosition> copyState(OutputStream target) {
        return prepareSnapshot().thenApply(prepared -> ((Prepared) prepared).snapshot.writeTo(target));
    }

    private synchronized void ended() {
        preparing = false;
    }

    @Override
    public long logBytes() {
        return disk.logBytes();
    }

    @Override
    public synchronized Optional<String> failure() {
        return Optional.ofNullable(failure);
    }

    @Override
    public void close() {
        consensus.exclusively(() -> die(Integer.MAX_VALUE));
    }

    /** The next {@code count} submissions complete with {@code NotAccepted}. */
    public synchronized void refuseNext(int count, FailureCode code) {
        refusals = count;
        refusal = code;
    }

    /** The next {@code count} accepted submissions complete with {@code Unknown}. */
    public synchronized void loseNext(int count, Fate realFate) {
        losses = count;
        fate = realFate;
    }

    /** The next {@code count} accepted entries are in the log twice, one behind the other. */
    public synchronized void duplicateNext(int count) {
        duplicates = count;
    }

    /** Writing the next {@code count} snapshots fails. */
    public synchronized void failNextSnapshots(int count) {
        snapshotFailures = count;
    }

    /** {@link #failure} reports this, and submissions are refused with {@code STORAGE_FULL}, until {@link #heal}. */
    public synchronized void fail(String why) {
        failure = why;
    }

    public synchronized void heal() {
        failure = null;
    }

    /** An entry of the group's own takes the next index. */
    public void insertOwnEntry() {
        SimulatedDisk.Entry own = disk.append(List.of(), true);
        consensus.enqueue(this, () -> applyUpTo(own.position().index()));
    }

    /**
     * Another peer takes over. What waits completes with {@code Unknown}.
     *
     * @param kept how many of the waiting entries the new leader has; they are applied, the others vanish
     */
    public void loseLeadership(int kept) {
        consensus.exclusively(() -> {
            disk.loseUnsynced(kept);
            forgetWaiting("leadership lost");
            moveTo(new Leadership.Following());
        });
    }

    /** This peer wins an election once the tasks before are done: a new term, everything applied, then leading. */
    public void regainLeadership() {
        consensus.enqueue(this, this::elect);
    }

    /** Loses leadership with every waiting entry kept, and stands for election again. */
    public void changeTerm() {
        loseLeadership(Integer.MAX_VALUE);
        regainLeadership();
    }

    /**
     * The process dies and this group alone comes back with a new state; its leadership comes with the next task.
     *
     * @param keptUnsynced how many of the entries that were written and not yet fsynced survive
     */
    public SimulatedGroup crashAndRestart(int keptUnsynced, ReplicatedState newState) {
        consensus.exclusively(() -> die(keptUnsynced));
        return consensus.open(name, newState);
    }

    void recover() {
        SimulatedDisk.Snapshot snapshot = disk.snapshot();
        if (snapshot == null) {
            state.reset();
        } else {
            if (!snapshot.intact()) {
                throw new ServiceException(
                        FailureCode.CORRUPT,
                        "Snapshot of group " + name + " at " + snapshot.position() + " is damaged");
            }
            try {
                state.restore(snapshot.open(), snapshot.position());
            } catch (IOException e) {
                throw new ServiceException(
                        FailureCode.CORRUPT,
                        "Snapshot of group " + name + " at " + snapshot.position() + " is refused by its state",
                        e);
            }
            applied = snapshot.position();
        }
        applyUpTo(Long.MAX_VALUE);
    }

    void elect() {
        if (failed()) {
            return;
        }
        long term = disk.newTerm();
        disk.append(List.of(), true);
        applyUpTo(Long.MAX_VALUE);
        if (!failed()) {
            moveTo(new Leadership.Leading(term));
        }
    }

    void die(int keptUnsynced) {
        synchronized (this) {
            if (dead) {
                return;
            }
            dead = true;
        }
        disk.loseUnsynced(keptUnsynced);
        consensus.forget(this);
        moveTo(new Leadership.Following());
        forgetWaiting("the process died");
        List<CompletableFuture<?>> hanging;
        synchronized (this) {
            hanging = List.copyOf(untilDeath);
            untilDeath.clear();
        }
        hanging.forEach(future -> future.completeExceptionally(closed()));
    }

    private Optional<Submission> refusalOf(List<ByteBuffer> entry) {
        long size = entry.stream().mapToLong(ByteBuffer::remaining).sum();
        if (size > MAX_ENTRY_BYTES) {
            throw new IllegalArgumentException("Entry of " + size + " bytes is over " + MAX_ENTRY_BYTES);
        }
        if (dead) {
            return Optional.of(new Submission.NotAccepted(FailureCode.SHUTTING_DOWN, "Group " + name + " is closed"));
        }
        if (failure != null) {
            return Optional.of(new Submission.NotAccepted(FailureCode.STORAGE_FULL, failure));
        }
        if (!(leadership instanceof Leadership.Leading)) {
            return Optional.of(
                    new Submission.NotAccepted(FailureCode.NOT_LEADER, "Group " + name + " has no leader here"));
        }
        if (refusals > 0) {
            refusals--;
            return Optional.of(new Submission.NotAccepted(refusal, "refused by the test"));
        }
        if (waiting.size() >= MAX_IN_FLIGHT) {
            return Optional.of(new Submission.NotAccepted(
                    FailureCode.OVERLOADED, MAX_IN_FLIGHT + " entries wait in group " + name));
        }
        return Optional.empty();
    }

    /** Fsyncs and applies, in order, what is in the log up to an index. */
    private void applyUpTo(long last) {
        for (SimulatedDisk.Entry entry : disk.entriesAfter(applied().index())) {
            if (entry.position().index() > last || failed()) {
                return;
            }
            disk.syncTo(entry.position().index());
            Object reply = "";
            boolean live = waitedFor(entry.position().index());
            if (!entry.own()) {
                try {
                    reply = state.apply(entry.position(), live ? piecesOf(entry.bytes()) : joined(entry.bytes()));
                } catch (RuntimeException | Error bug) {
                    stop("Applying " + entry.position() + " failed: " + bug);
                    throw bug;
                }
            }
            CompletableFuture<Submission> future;
            synchronized (this) {
                applied = entry.position();
                future = waiting.remove(entry.position().index());
            }
            if (future != null) {
                future.complete(new Submission.Applied(entry.position(), reply));
            }
        }
    }

    private synchronized boolean waitedFor(long index) {
        return waiting.containsKey(index);
    }

    private void stop(String why) {
        synchronized (this) {
            failure = why;
        }
        moveTo(new Leadership.Following());
        forgetWaiting(why);
    }

    private synchronized boolean failed() {
        return failure != null && failure.startsWith("Applying");
    }

    private void moveTo(Leadership next) {
        synchronized (this) {
            if (leadership.equals(next)) {
                return;
            }
            leadership = next;
        }
        state.leadershipChanged(next);
    }

    private void forgetWaiting(String why) {
        List<CompletableFuture<Submission>> forgotten;
        synchronized (this) {
            forgotten = List.copyOf(waiting.values());
            waiting.clear();
        }
        forgotten.forEach(future -> future.complete(new Submission.Unknown(why)));
    }

    private ServiceException closed() {
        return new ServiceException(FailureCode.SHUTTING_DOWN, "Group " + name + " is closed");
    }

    /** As a submitter's own peer sees them: its very bytes, with positions and limits of their own. */
    private static List<ByteBuffer> piecesOf(List<ByteBuffer> pieces) {
        List<ByteBuffer> copies = new ArrayList<>(pieces.size());
        for (ByteBuffer piece : pieces) {
            copies.add(piece.duplicate());
        }
        return copies;
    }

    /** As they come from the log: one read-only piece, none for an entry of the group's own. */
    private static List<ByteBuffer> joined(List<ByteBuffer> pieces) {
        if (pieces.isEmpty()) {
            return List.of();
        }
        int size = 0;
        for (ByteBuffer piece : pieces) {
            size += piece.remaining();
        }
        ByteBuffer whole = ByteBuffer.allocate(size);
        for (ByteBuffer piece : pieces) {
            whole.put(piece.duplicate());
        }
        return List.of(whole.flip().asReadOnlyBuffer());
    }

    private final class Prepared implements PreparedSnapshot {
        private final SimulatedDisk.Snapshot snapshot;
        private boolean discarded;

        private Prepared(SimulatedDisk.Snapshot snapshot) {
            this.snapshot = snapshot;
        }

        @Override
        public LogPosition position() {
            return snapshot.position();
        }

        @Override
        public CompletableFuture<Void> publish() {
            CompletableFuture<Void> published = new CompletableFuture<>();
            synchronized (SimulatedGroup.this) {
                if (discarded) {
                    throw new IllegalStateException("Snapshot at " + position() + " was discarded");
                }
                if (dead) {
                    return CompletableFuture.failedFuture(closed());
                }
                whenDead(published);
                consensus.enqueue(SimulatedGroup.this, () -> {
                    disk.publish(snapshot);
                    published.complete(null);
                });
            }
            return published;
        }

        @Override
        public void discard() {
            synchronized (SimulatedGroup.this) {
                discarded = true;
            }
        }
    }
}
