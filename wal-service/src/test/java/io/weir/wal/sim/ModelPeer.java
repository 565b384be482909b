package io.weir.wal.sim;

import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Leader;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One peer's part in a {@link GroupModel}: what it hears of leaders comes late, what it hands to them can be lost with
 * them, and it applies at its own pace. Nothing happens unless one of the events is called.
 */
final class ModelPeer implements ConsensusGroup {
    private final GroupModel group;
    private final int number;
    private final Map<Long, Pending> pending = new LinkedHashMap<>();
    private final ArrayDeque<Pending> onTheWay = new ArrayDeque<>();
    private final ArrayDeque<News> news = new ArrayDeque<>();
    private final List<Asked> barriers = new ArrayList<>();
    private final ArrayDeque<Runnable> background = new ArrayDeque<>();
    private @Nullable ReplicatedState state;
    private Leadership told = new Leadership.Following();
    private @Nullable Snapshot snapshot;
    private int next;
    private int purged;
    private boolean cut;
    private Runnable whileReading = () -> {};
    private int refusals;
    private FailureCode refusal = FailureCode.OVERLOADED;

    /** An entry without an answer. */
    private record Pending(long number, long term, List<ByteBuffer> bytes, CompletableFuture<Submission> future) {}

    /** @param from what must be applied before it is told */
    private record News(Leadership leadership, int from) {}

    /** @param target what must be applied before it is passed; −1 before the leader was asked */
    private record Asked(int target, CompletableFuture<Void> passed) {}

    /** @param next the first index that is not in it */
    record Snapshot(int next, LogPosition position, ByteBuffer bytes) {}

    ModelPeer(GroupModel group, int number) {
        this.group = group;
        this.number = number;
    }

    /** A life begins where the snapshot is. */
    void start(ReplicatedState begun) {
        state = begun;
        restart();
    }

    /** The group alone begins anew, over the same state: its disk failed and has healed. */
    void reopen() {
        die();
        if (group.leads(number)) {
            group.depose();
        }
        tell(new Leadership.Following());
        restart();
    }

    /** Whoever waits learns nothing; what is on the way gets lost. */
    void die() {
        List<Pending> waiting = List.copyOf(pending.values());
        pending.clear();
        onTheWay.clear();
        news.clear();
        background.clear();
        waiting.forEach(one -> one.future().complete(new Submission.Unknown("the process died")));
        List<Asked> asked = List.copyOf(barriers);
        barriers.clear();
        asked.forEach(one -> one.passed().completeExceptionally(noLeader()));
    }

    private void restart() {
        told = new Leadership.Following();
        Snapshot from = snapshot;
        if (from == null) {
            state().reset();
            next = 0;
        } else {
            restore(from);
        }
    }

    private void restore(Snapshot from) {
        group.restored();
        try {
            state().restore(new ByteArrayInputStream(from.bytes().array()), from.position());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        next = from.next();
        purged = Math.max(purged, from.next());
    }

    private ReplicatedState state() {
        ReplicatedState present = state;
        if (present == null) {
            throw new IllegalStateException("Peer " + number + " was never started");
        }
        return present;
    }

    void willLead(long term, int firstIndex) {
        news.add(new News(new Leadership.Leading(term), firstIndex + 1));
    }

    void willFollow(int leader, long term) {
        news.add(new News(new Leadership.Following(Optional.of(new Leader(GroupModel.nodeOf(leader), term))), 0));
    }

    void willKnowNobody() {
        news.add(new News(new Leadership.Following(), 0));
    }

    boolean isCut() {
        return cut;
    }

    void cut(boolean now) {
        cut = now;
    }

    void refuse(int count, FailureCode code) {
        refusals = count;
        refusal = code;
    }

    /** What comes to pass while somebody waits for an entry of the log to be read. */
    void whileReading(Runnable comesToPass) {
        whileReading = comesToPass;
    }

    @Nullable Snapshot snapshot() {
        return snapshot;
    }

    /** Hears the next of what happened to its leader. */
    void hear() {
        News heard = news.peekFirst();
        if (heard == null || cut) {
            return;
        }
        if (heard.leadership() instanceof Leadership.Leading(long term) && !group.leadsIn(number, term)) {
            // The entry that this term began with may be lost: it would be waited for for ever.
            news.removeFirst();
        } else if (next >= heard.from()) {
            news.removeFirst();
            tell(heard.leadership());
        }
    }

    private void tell(Leadership changed) {
        if (!changed.equals(told)) {
            told = changed;
            state().leadershipChanged(changed);
        }
    }

    /** What was submitted first reaches the leader, or nobody. */
    void deliver() {
        if (!onTheWay.isEmpty()) {
            Pending first = onTheWay.removeFirst();
            if (group.reachesLeader(this)) {
                group.take(first.term(), first.bytes(), first.number());
            }
        }
    }

    /** Gives up waiting for the answer to what was submitted first. */
    void loseAnswer() {
        Iterator<Pending> waiting = pending.values().iterator();
        if (waiting.hasNext()) {
            Pending first = waiting.next();
            waiting.remove();
            first.future().complete(new Submission.Unknown("lost by the simulation"));
        }
    }

    /** @return whether there was something to apply */
    boolean apply() {
        if (cut || next >= group.committed()) {
            return false;
        }
        GroupModel.Entry entry = group.entry(next);
        Pending mine = pending.remove(entry.number());
        Object reply = entry.isOwn()
                ? ""
                : state().apply(entry.position(), mine == null ? joined(entry.bytes()) : piecesOf(entry.bytes()));
        next++;
        if (mine != null) {
            mine.future().complete(new Submission.Applied(entry.position(), reply));
        }
        refuseBefore(entry.position().term());
        passBarriers();
        return true;
    }

    /** What was handed to the leader of an earlier term and is not applied by now never will be. */
    private void refuseBefore(long term) {
        List<Pending> never =
                pending.values().stream().filter(one -> one.term() < term).toList();
        never.forEach(one -> pending.remove(one.number()));
        never.forEach(one -> one.future()
                .complete(new Submission.NotAccepted(FailureCode.NOT_LEADER, "Term " + one.term() + " is over")));
    }

    /** The leader's snapshot takes the place of entries that it no longer has, or too many. */
    void install() {
        Snapshot latest = group.latestSnapshot();
        if (latest == null || latest.next() <= next || cut || group.leads(number)) {
            return;
        }
        snapshot = latest;
        restore(latest);
        List<Pending> skipped = List.copyOf(pending.values());
        pending.clear();
        skipped.forEach(one -> one.future().complete(new Submission.Unknown("skipped by a snapshot")));
        passBarriers();
    }

    /** The leader answers for the barriers that wait, or nobody does. */
    void answerBarriers() {
        List<Asked> asked = List.copyOf(barriers);
        barriers.clear();
        for (Asked one : asked) {
            if (one.target() >= 0) {
                barriers.add(one);
            } else if (group.reachesLeader(this)) {
                barriers.add(new Asked(group.committed(), one.passed()));
            } else {
                one.passed().completeExceptionally(noLeader());
            }
        }
        passBarriers();
    }

    private void passBarriers() {
        List<Asked> passed = barriers.stream()
                .filter(one -> one.target() >= 0 && one.target() <= next)
                .toList();
        barriers.removeAll(passed);
        passed.forEach(one -> one.passed().complete(null));
    }

    /** The next step of a snapshot. */
    void work() {
        Runnable task = background.pollFirst();
        if (task != null) {
            task.run();
        }
    }

    @Override
    public String name() {
        return "wal-0";
    }

    @Override
    public Leadership leadership() {
        return told;
    }

    @Override
    public LogPosition applied() {
        return next == 0 ? LogPosition.NONE : group.entry(next - 1).position();
    }

    @Override
    public CompletableFuture<Submission> submit(List<ByteBuffer> entry) {
        OptionalLong term = termKnown();
        if (term.isEmpty() || term.getAsLong() < applied().term()) {
            return refused(FailureCode.NOT_LEADER);
        }
        if (refusals > 0) {
            refusals--;
            return refused(refusal);
        }
        Pending submitted =
                new Pending(group.nextNumber(), term.getAsLong(), piecesOf(entry), new CompletableFuture<>());
        pending.put(submitted.number(), submitted);
        onTheWay.addLast(submitted);
        return submitted.future();
    }

    @Override
    public CompletableFuture<Submission> submit(List<ByteBuffer> entry, long term) {
        return told.equals(new Leadership.Leading(term)) ? submit(entry) : refused(FailureCode.NOT_LEADER);
    }

    private OptionalLong termKnown() {
        return switch (told) {
            case Leadership.Leading(long term) -> OptionalLong.of(term);
            case Leadership.Following(Optional<Leader> leader) ->
                leader.isPresent() ? OptionalLong.of(leader.get().term()) : OptionalLong.empty();
        };
    }

    private static CompletableFuture<Submission> refused(FailureCode code) {
        return CompletableFuture.completedFuture(new Submission.NotAccepted(code, "refused by the simulation"));
    }

    @Override
    public CompletableFuture<Void> barrier() {
        CompletableFuture<Void> passed = new CompletableFuture<>();
        barriers.add(new Asked(-1, passed));
        return passed;
    }

    @Override
    public List<ByteBuffer> read(long index) {
        whileReading.run();
        if (index < purged) {
            throw new ServiceException(FailureCode.OBJECT_MISSING, "Entry " + index + " was purged");
        }
        return joined(group.entry((int) index).bytes());
    }

    @Override
    public CompletableFuture<PreparedSnapshot> prepareSnapshot() {
        CompletableFuture<PreparedSnapshot> prepared = new CompletableFuture<>();
        background.add(() -> {
            int frozenNext = next;
            LogPosition position = applied();
            ReplicatedState.Frozen frozen = state().freeze();
            background.add(() -> prepared.complete(new Prepared(new Snapshot(frozenNext, position, written(frozen)))));
        });
        return prepared;
    }

    @Override
    public CompletableFuture<LogPosition> copyState(OutputStream target) {
        CompletableFuture<LogPosition> copied = new CompletableFuture<>();
        background.add(() -> {
            LogPosition position = applied();
            try (ReplicatedState.Frozen frozen = state().freeze()) {
                frozen.writeTo(target);
                copied.complete(position);
            } catch (IOException e) {
                copied.completeExceptionally(e);
            }
        });
        return copied;
    }

    private static ByteBuffer written(ReplicatedState.Frozen frozen) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (frozen) {
            frozen.writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ByteBuffer.wrap(out.toByteArray());
    }

    @Override
    public long logBytes() {
        return group.bytesFrom(purged);
    }

    @Override
    public Optional<String> failure() {
        return Optional.empty();
    }

    @Override
    public void close() {
        die();
    }

    private static ServiceException noLeader() {
        return new ServiceException(FailureCode.NOT_LEADER, "No leader can be reached");
    }

    private static List<ByteBuffer> piecesOf(List<ByteBuffer> pieces) {
        return pieces.stream().map(ByteBuffer::duplicate).toList();
    }

    /** As an entry comes from the log. */
    private static List<ByteBuffer> joined(List<ByteBuffer> pieces) {
        ByteBuffer whole = ByteBuffer.allocate(
                pieces.stream().mapToInt(ByteBuffer::remaining).sum());
        pieces.forEach(piece -> whole.put(piece.duplicate()));
        return List.of(whole.flip().asReadOnlyBuffer());
    }

    private final class Prepared implements PreparedSnapshot {
        private final Snapshot prepared;

        private Prepared(Snapshot prepared) {
            this.prepared = prepared;
        }

        @Override
        public LogPosition position() {
            return prepared.position();
        }

        @Override
        public CompletableFuture<Void> publish() {
            Snapshot present = snapshot;
            if (present == null || prepared.next() > present.next()) {
                snapshot = prepared;
                purged = Math.max(purged, prepared.next());
            }
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void discard() {
            background.clear();
        }
    }
}
