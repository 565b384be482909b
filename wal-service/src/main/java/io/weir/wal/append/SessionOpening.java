package io.weir.wal.append;

import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.wal.duty.Duty;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.EntryCodec;
import io.weir.wal.state.Reply;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Opens a session in place of another, trying again while that may help. Threading: the appender's thread. */
final class SessionOpening {
    private static final long RETRY_NANOS = 50_000_000L;

    private final ConsensusGroup group;
    private final InstantSource clock;
    private final AppendLimits limits;
    private final Runnable signal;
    private @Nullable CompletableFuture<Submission> attempt;
    private boolean begun;
    private long begunNanos;
    private boolean refused;
    private long retryAtNanos;

    SessionOpening(ConsensusGroup group, InstantSource clock, AppendLimits limits, Runnable signal) {
        this.group = group;
        this.clock = clock;
        this.limits = limits;
        this.signal = signal;
    }

    sealed interface Progress {}

    record Waiting(long nanos) implements Progress {}

    record Opened(Reply.SessionOpened reply) implements Progress {}

    record GivenUp(FailureCode code, String message) implements Progress {}

    /**
     * The next step.
     *
     * @param resolving whether something depends on what the replaced session did: goes on after any refusal, for a
     *     bounded time. Else only while a leader is all that is missing, for as long as the caller does.
     */
    Progress advance(long replaced, boolean resolving, long nowNanos) {
        if (!resolving) {
            begun = false;
        } else if (!begun) {
            begun = true;
            begunNanos = nowNanos;
        }
        CompletableFuture<Submission> running = attempt;
        if (running == null) {
            return refused && nowNanos - retryAtNanos < 0 ? new Waiting(retryAtNanos - nowNanos) : submit(replaced);
        }
        if (!running.isDone()) {
            return new Waiting(Duty.UNTIL_SIGNALLED);
        }
        attempt = null;
        return switch (running.join()) {
            case Submission.Applied(var position, Reply.SessionOpened reply) -> {
                begun = false;
                refused = false;
                yield new Opened(reply);
            }
            case Submission.Applied applied ->
                throw new IllegalStateException("Session opening answered with " + applied.reply());
            case Submission.NotAccepted not -> failed(not.code(), not.message(), resolving, nowNanos);
            case Submission.Unknown unknown -> failed(FailureCode.NOT_LEADER, unknown.message(), resolving, nowNanos);
        };
    }

    private Progress submit(long replaced) {
        CompletableFuture<Submission> submitted =
                group.submit(EntryCodec.encode(clock.millis(), new Command.OpenSession(replaced, limits.producers())));
        attempt = submitted;
        if (submitted.isDone()) {
            return new Waiting(0);
        }
        var _ = submitted.whenComplete((submission, bug) -> signal.run());
        return new Waiting(Duty.UNTIL_SIGNALLED);
    }

    private Progress failed(FailureCode code, String message, boolean resolving, long nowNanos) {
        boolean goesOn =
                resolving ? nowNanos - begunNanos < limits.resolveWait().toNanos() : code == FailureCode.NOT_LEADER;
        refused = goesOn;
        if (!goesOn) {
            begun = false;
            return new GivenUp(code, message);
        }
        retryAtNanos = nowNanos + RETRY_NANOS;
        return new Waiting(RETRY_NANOS);
    }
}
