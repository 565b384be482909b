package io.weir.wal.append;

import io.weir.contracts.append.AppendResult;
import io.weir.contracts.append.RefusalReason;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.wal.state.Outcome;
import io.weir.wal.state.Reply;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An entry that was submitted, and the batches in it. */
final class EntryInFlight {
    private final long sequence;
    private final List<PendingAppend> appends;
    private final long bytes;
    private volatile @Nullable Submission submission;

    EntryInFlight(long sequence, List<PendingAppend> appends, long bytes) {
        this.sequence = sequence;
        this.appends = appends;
        this.bytes = bytes;
    }

    long sequence() {
        return sequence;
    }

    List<PendingAppend> appends() {
        return appends;
    }

    long bytes() {
        return bytes;
    }

    void completed(Submission outcome) {
        submission = outcome;
    }

    @Nullable Submission submission() {
        return submission;
    }

    /** Whether it was applied, and its batches' outcomes are known. */
    boolean isDelivered() {
        return submission instanceof Submission.Applied applied && applied.reply() instanceof Reply.Appended;
    }

    /** Its session was replaced before it could be applied. */
    void neverApplied() {
        submission = new Submission.NotAccepted(FailureCode.NOT_LEADER, "The entry was lost with its leader");
    }

    /** Whether nothing of it was applied or will be, and nothing speaks against another try. */
    boolean mayGoAgain() {
        return switch (submission) {
            case Submission.NotAccepted refused -> refused.code() == FailureCode.NOT_LEADER;
            case Submission.Applied applied -> applied.reply() instanceof Reply.OutOfSession;
            case Submission.Unknown unknown -> false;
            case null -> false;
        };
    }

    void deliver(Reply.Appended reply) {
        for (int i = 0; i < appends.size(); i++) {
            appends.get(i).complete(result(reply, i));
        }
    }

    void refuse(RefusalReason reason, String message) {
        AppendResult refused = new AppendResult.Refused(reason, message);
        appends.forEach(append -> append.complete(refused));
    }

    void unknown(String message) {
        AppendResult unknown = new AppendResult.Unknown(message);
        appends.forEach(append -> append.complete(unknown));
    }

    private AppendResult result(Reply.Appended reply, int i) {
        Outcome outcome = reply.outcome(i);
        return switch (outcome) {
            case COMMITTED -> new AppendResult.Committed(reply.offset(i), reply.logStart(i));
            case DUPLICATE -> new AppendResult.Duplicate(reply.offset(i), reply.logStart(i));
            case MOVED -> new AppendResult.Moved(message(reply, i));
            case UNKNOWN_STREAM -> refused(RefusalReason.UNKNOWN_STREAM, reply, i);
            case OUT_OF_ORDER -> refused(RefusalReason.OUT_OF_ORDER_SEQUENCE, reply, i);
            case FENCED -> refused(RefusalReason.PRODUCER_FENCED, reply, i);
            case INVALID -> refused(RefusalReason.INVALID_BATCH, reply, i);
            case PRODUCERS_FULL -> refused(RefusalReason.OVERLOADED, reply, i);
        };
    }

    private AppendResult refused(RefusalReason reason, Reply.Appended reply, int i) {
        return new AppendResult.Refused(reason, message(reply, i));
    }

    private String message(Reply.Appended reply, int i) {
        PendingAppend append = appends.get(i);
        return append.location().stream() + ": " + reply.message(i, append.batch());
    }
}
