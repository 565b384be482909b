package io.weir.wal.append;

import io.weir.contracts.append.AppendResult;
import io.weir.contracts.append.RefusalReason;
import io.weir.contracts.batch.RecordBatch;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.identity.StreamId;
import io.weir.contracts.identity.StreamLocation;
import io.weir.wal.duty.Duty;
import io.weir.wal.entry.AppendEncoder;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.EntryCodec;
import io.weir.wal.shard.ShardMachine;
import io.weir.wal.state.OpenRanges;
import io.weir.wal.state.Reply;
import io.weir.wal.state.StreamMoves;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Groups the batches that wait for one shard into entries: whatever arrived while earlier entries were in flight. Each
 * process has one, whoever leads the shard: the group hands entries to its leader.
 *
 * <p>Entries are numbered within a session that the shard knows. When one fails, those behind it can't be applied; the
 * appender lets all in flight come back, and learns by replacing the session which of the doubtful ones were applied
 * (none can be, from then on). If none of the others was refused for a reason of its own, they are submitted again, in
 * their order: a change of the leader is a pause. Else they are refused with whatever was handed over meanwhile, so
 * that nothing overtakes a batch that failed.
 *
 * <p>While no leader is known, batches wait, for as long as {@link AppendLimits#resolveWait} since they came.
 *
 * <p>Threading: {@link #append} from any thread; the duty by one thread, which may block in the group.
 */
public final class Appender implements Duty {
    /** Most batches of an entry: what the shard remembers of an entry grows with them. */
    static final int MAX_BATCHES = 4096;

    private static final long RETRY_NANOS = 50_000_000L;

    private final ShardMachine machine;
    private final ConsensusGroup group;
    private final AppendLimits limits;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final AppendMeter meter;
    private final Runnable signal;

    private final Inbox inbox = new Inbox();
    private final AtomicLong queuedBytes = new AtomicLong();

    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicLong inFlightBytes = new AtomicLong();
    private volatile boolean broken;
    private volatile boolean streamsChanged;

    private final ArrayDeque<PendingAppend> ready = new ArrayDeque<>();
    private long readyBytes;
    private final Unopened unopened;
    private final ArrayDeque<EntryInFlight> submitted = new ArrayDeque<>();
    private final SessionOpening opening;
    private final LogRoom room;
    private long session = Command.NO_SESSION;
    private long nextSequence;
    private boolean sessionUsable;

    /**
     * What an appender works with.
     *
     * @param clock what entries are stamped with
     * @param nanos monotonic
     */
    public record Surroundings(
            ShardMachine machine, ConsensusGroup group, InstantSource clock, LongSupplier nanos, AppendMeter meter) {}

    /**
     * @param known whether the metadata image places the stream here, so that it is about to be opened
     * @param signal called when the duty has something to do
     */
    public Appender(Surroundings around, AppendLimits limits, Predicate<StreamLocation> known, Runnable signal) {
        this.machine = around.machine();
        this.group = around.group();
        this.limits = limits;
        this.clock = around.clock();
        this.nanos = around.nanos();
        this.meter = around.meter();
        this.signal = signal;
        this.unopened = new Unopened(known, limits.openWait().toNanos());
        this.opening = new SessionOpening(group, clock, limits, signal);
        this.room = new LogRoom(machine, group, limits);
    }

    /** As {@link io.weir.contracts.append.StreamAppender#append}. */
    public CompletableFuture<AppendResult> append(StreamLocation location, RecordBatch batch) {
        PendingAppend append = new PendingAppend(location, batch, nanos.getAsLong());
        if (inbox.isClosed()
                || machine.leaderlessNanos() >= limits.resolveWait().toNanos()) {
            append.refuse(RefusalReason.UNAVAILABLE, machine.shard() + " has no leader, or is being closed");
            return append.future();
        }
        if (batch.sizeBytes() > RecordBatch.MAX_BYTES) {
            append.refuse(RefusalReason.INVALID_BATCH, "Batch of " + batch.sizeBytes() + " bytes is too large");
            return append.future();
        }
        if (queuedBytes.addAndGet(batch.sizeBytes()) > limits.queuedBytes()) {
            queuedBytes.addAndGet(-batch.sizeBytes());
            append.refuse(RefusalReason.OVERLOADED, limits.queuedBytes() + " bytes wait for " + machine.shard());
            return append.future();
        }
        if (inbox.offer(append)) {
            signal.run();
        } else {
            queuedBytes.addAndGet(-batch.sizeBytes());
            append.refuse(RefusalReason.PREDECESSOR_FAILED, "An earlier batch is being refused");
        }
        return append.future();
    }

    /** Streams were opened or deleted. */
    public void streamsChanged() {
        streamsChanged = true;
        signal.run();
    }

    /** A leader's session ends with its term: entries of two terms could change places. */
    public void leadershipChanged() {
        broken = true;
        signal.run();
    }

    /** Refuses everything that has not been submitted, now and later; the duty is no longer performed. */
    public void close() {
        inbox.close();
        refuseQueued(RefusalReason.UNAVAILABLE, "The process is shutting down", List.of());
        for (EntryInFlight entry : submitted) {
            if (entry.submission() != null && !entry.isDelivered()) {
                fail(entry);
            }
        }
    }

    /** Bytes handed over and not answered. */
    public long queuedBytes() {
        return queuedBytes.get();
    }

    @Override
    public long work(long nowNanos) {
        forgetAnswered();
        if (broken) {
            return mend(nowNanos);
        }
        takeInbox();
        if (streamsChanged) {
            streamsChanged = false;
            unopened.release(machine.open(), this::makeReady);
        }
        expireUnopened(nowNanos);
        if (ready.isEmpty()) {
            return unopened.nanosLeft(nowNanos);
        }
        if (!sessionUsable) {
            return Math.min(withoutSession(nowNanos), unopened.nanosLeft(nowNanos));
        }
        submitReady();
        return unopened.nanosLeft(nowNanos);
    }

    /** Waits for a leader, and opens a session with it; not for ever. */
    private long withoutSession(long nowNanos) {
        long left = limits.resolveWait().toNanos() - ready.getFirst().waitedNanos(nowNanos);
        if (left <= 0) {
            refuseQueued(RefusalReason.UNAVAILABLE, machine.shard() + " has had no leader for too long", List.of());
            return 0;
        }
        return machine.hasLeader() ? Math.min(left, openSession(nowNanos)) : left;
    }

    private void forgetAnswered() {
        while (!submitted.isEmpty() && submitted.getFirst().isDelivered()) {
            submitted.removeFirst();
        }
    }

    private void takeInbox() {
        OpenRanges open = machine.open();
        StreamMoves moves = machine.moves();
        inbox.drainTo(append -> {
            switch (unopened.judge(append, open, moves)) {
                case OPEN -> makeReady(append);
                case WAITS -> {}
                case MOVED -> {
                    queuedBytes.addAndGet(-append.sizeBytes());
                    append.complete(new AppendResult.Moved(append.location().stream() + " left " + machine.shard()));
                }
                case UNKNOWN -> refuseUnopened(append);
            }
        });
    }

    private void makeReady(PendingAppend append) {
        ready.addLast(append);
        readyBytes += append.sizeBytes();
    }

    private void refuseUnopened(PendingAppend append) {
        queuedBytes.addAndGet(-append.sizeBytes());
        append.refuse(RefusalReason.UNKNOWN_STREAM, append.location().stream() + " is not open");
    }

    /** With those behind them that have come meanwhile: were the stream opened now, they would overtake. */
    private void expireUnopened(long nowNanos) {
        if (!unopened.anyExpired(nowNanos)) {
            return;
        }
        List<PendingAppend> refused = new ArrayList<>();
        Set<StreamId> streams = new HashSet<>();
        inbox.beginRefusing(
                () -> unopened.expire(nowNanos, append -> {
                    refused.add(append);
                    streams.add(append.location().stream());
                }),
                append -> streams.contains(append.location().stream()) && refused.add(append));
        try {
            refused.forEach(this::refuseUnopened);
        } finally {
            inbox.endRefusing();
        }
    }

    private void submitReady() {
        while (!ready.isEmpty() && !broken && mayFly()) {
            String full = room.refusal(ready.getFirst().sizeBytes(), inFlightBytes.get());
            if (full != null) {
                meter.storageFull();
                refuseQueued(RefusalReason.STORAGE_FULL, full, List.of());
                return;
            }
            submitOne();
        }
    }

    /**
     * While an entry is in flight, the next one waits until it is half full: an entry costs an fsync and the work of
     * five threads, however small it is.
     */
    private boolean mayFly() {
        int flying = inFlight.get();
        return flying == 0 || (flying < limits.entriesInFlight() && readyBytes >= limits.entryBytes() / 2);
    }

    private void submitOne() {
        List<PendingAppend> appends = new ArrayList<>();
        AppendEncoder encoder = EntryCodec.append(clock.millis(), session, nextSequence);
        long bytes = 0;
        for (PendingAppend next = ready.peekFirst();
                next != null
                        && appends.size() < MAX_BATCHES
                        && (appends.isEmpty() || bytes + next.sizeBytes() <= limits.entryBytes());
                next = ready.peekFirst()) {
            ready.removeFirst();
            appends.add(next);
            bytes += next.sizeBytes();
            encoder.add(
                    next.location().stream().value(),
                    next.location().incarnation().value(),
                    next.batch());
        }
        readyBytes -= bytes;
        EntryInFlight entry = new EntryInFlight(nextSequence++, appends, bytes);
        submitted.addLast(entry);
        inFlight.incrementAndGet();
        inFlightBytes.addAndGet(bytes);
        room.submitted(bytes + EntryCodec.appendHeaderBytes(appends.size()));
        try {
            var _ = group.submit(encoder.encode())
                    .whenComplete((submission, bug) ->
                            answered(entry, bug == null ? submission : new Submission.Unknown(String.valueOf(bug))));
        } catch (IllegalArgumentException notTaken) {
            answered(entry, new Submission.NotAccepted(FailureCode.INTERNAL, String.valueOf(notTaken.getMessage())));
            throw notTaken;
        } catch (RuntimeException | Error bug) {
            // Nobody knows how far it came: were it in flight for ever, all that come later would wait for it.
            answered(entry, new Submission.Unknown(String.valueOf(bug)));
            throw bug;
        }
    }

    /** On the group's thread. */
    private void answered(EntryInFlight entry, Submission submission) {
        boolean appended =
                submission instanceof Submission.Applied applied && applied.reply() instanceof Reply.Appended;
        if (!appended) {
            broken = true;
        }
        entry.completed(submission);
        inFlight.decrementAndGet();
        inFlightBytes.addAndGet(-entry.bytes());
        signal.run();
        if (submission instanceof Submission.Applied applied && applied.reply() instanceof Reply.Appended reply) {
            deliver(entry, reply);
        } else if (inbox.isClosed()) {
            fail(entry);
        }
    }

    private void deliver(EntryInFlight entry, Reply.Appended reply) {
        queuedBytes.addAndGet(-entry.bytes());
        meter.answered(entry);
        entry.deliver(reply);
    }

    /** The session is of no more use: finds out what became of its entries, then begins anew. */
    private long mend(long nowNanos) {
        sessionUsable = false;
        if (inFlight.get() > 0) {
            return UNTIL_SIGNALLED;
        }
        List<EntryInFlight> failed = new ArrayList<>();
        boolean doubtful = false;
        for (EntryInFlight entry : submitted) {
            if (!entry.isDelivered()) {
                failed.add(entry);
                doubtful |= entry.submission() instanceof Submission.Unknown;
            }
        }
        if (!doubtful) {
            submitted.clear();
            broken = false;
            failed(failed, nowNanos);
            return 0;
        }
        return switch (opening.advance(session, true, nowNanos)) {
            case SessionOpening.Waiting waiting -> waiting.nanos();
            case SessionOpening.Opened opened -> {
                List<EntryInFlight> lost = resolve(failed, opened.reply());
                adopt(opened.reply().session());
                failed(lost, nowNanos);
                yield 0;
            }
            case SessionOpening.GivenUp givenUp -> {
                submitted.clear();
                broken = false;
                refuseQueued(RefusalReason.PREDECESSOR_FAILED, givenUp.message(), failed);
                yield 0;
            }
        };
    }

    private void adopt(long opened) {
        session = opened;
        nextSequence = 0;
        sessionUsable = true;
        broken = false;
        submitted.clear();
    }

    /** Answers for what was applied, and returns the others. */
    private List<EntryInFlight> resolve(List<EntryInFlight> failed, Reply.SessionOpened opened) {
        List<EntryInFlight> lost = new ArrayList<>();
        for (EntryInFlight entry : failed) {
            Reply.Appended reply = opened.previous().reply(entry.sequence());
            if (reply != null && reply.count() == entry.appends().size()) {
                deliver(entry, reply);
            } else {
                if (opened.previous().known() && !opened.previous().applied(entry.sequence())) {
                    entry.neverApplied();
                }
                lost.add(entry);
            }
        }
        return lost;
    }

    /** Entries that were not applied, as far as is known, in their order: nothing behind them was. */
    private void failed(List<EntryInFlight> entries, long nowNanos) {
        if (entries.isEmpty()) {
            return;
        }
        boolean inTime = entries.getFirst().appends().getFirst().waitedNanos(nowNanos)
                < limits.resolveWait().toNanos();
        if (inTime && entries.stream().allMatch(EntryInFlight::mayGoAgain)) {
            for (EntryInFlight entry : entries.reversed()) {
                entry.appends().reversed().forEach(ready::addFirst);
                readyBytes += entry.bytes();
            }
        } else {
            refuseFailed(entries);
        }
    }

    private void refuseFailed(List<EntryInFlight> failed) {
        refuseQueued(RefusalReason.PREDECESSOR_FAILED, "An entry before this one failed", failed);
    }

    /**
     * Refuses everything that waits, and then completes the entries that failed: nothing that was handed over before
     * their failure could be known is left.
     */
    private void refuseQueued(RefusalReason reason, String message, List<EntryInFlight> failed) {
        List<PendingAppend> refused = new ArrayList<>();
        inbox.beginRefusing(
                () -> {
                    refused.addAll(ready);
                    ready.clear();
                    readyBytes = 0;
                    unopened.drainTo(refused);
                },
                refused::add);
        try {
            failed.forEach(this::fail);
            for (PendingAppend append : refused) {
                queuedBytes.addAndGet(-append.sizeBytes());
                append.refuse(reason, message);
            }
        } finally {
            inbox.endRefusing();
        }
    }

    private void fail(EntryInFlight entry) {
        queuedBytes.addAndGet(-entry.bytes());
        switch (entry.submission()) {
            case Submission.NotAccepted refused -> entry.refuse(reasonOf(refused.code()), refused.message());
            case Submission.Unknown unknown -> entry.unknown(unknown.message());
            case Submission.Applied applied ->
                entry.refuse(RefusalReason.PREDECESSOR_FAILED, String.valueOf(applied.reply()));
            case null -> throw new IllegalStateException("Entry " + entry.sequence() + " has no outcome");
        }
    }

    private static RefusalReason reasonOf(FailureCode code) {
        return switch (code) {
            case STORAGE_FULL -> RefusalReason.STORAGE_FULL;
            case OVERLOADED -> RefusalReason.OVERLOADED;
            default -> RefusalReason.UNAVAILABLE;
        };
    }

    private long openSession(long nowNanos) {
        return switch (opening.advance(session, false, nowNanos)) {
            case SessionOpening.Waiting waiting -> waiting.nanos();
            case SessionOpening.Opened opened -> {
                adopt(opened.reply().session());
                yield 0;
            }
            case SessionOpening.GivenUp givenUp -> {
                refuseQueued(reasonOf(givenUp.code()), givenUp.message(), List.of());
                yield RETRY_NANOS;
            }
        };
    }
}
