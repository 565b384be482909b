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

/** Opens a session in place of another, trying again for a bounded time. Threading: the appender's thread. */
final class SessionOpening {
    private static final long RETRY_NANOS = 100_000_000L;

    private final ConsensusGroup group;
    private final InstantSource clock;
    private final AppendLimits limits;
    private final Runnable signal;
    private @Nullable CompletableFuture<Submission> attempt;
    private boolean begun;
    private long begunNanos;
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
     * @param patient whether to go on after a refusal: something depends on what the replaced session did
     */
    Progress advance(long replaced, boolean patient, long nowNanos) {
        if (!begun) {
            begun = true;
            begunNanos = nowNanos;
            retryAtNanos = nowNanos;
        }
        CompletableFuture<Submission> running = attempt;
        if (running == null) {
            return nowNanos - retryAtNanos >= 0 ? submit(replaced) : new Waiting(retryAtNanos - nowNanos);
        }
        if (!running.isDone()) {
            return new Waiting(Duty.UNTIL_SIGNALLED);
        }
        attempt = null;
        return switch (running.join()) {
            case Submission.Applied(var position, Reply.SessionOpened reply) -> {
                begun = false;
                yield new Opened(reply);
            }
            case Submission.Applied applied ->
                throw new IllegalStateException("Session opening answered with " + applied.reply());
            case Submission.NotAccepted refused -> failed(refused.code(), refused.message(), patient, nowNanos);
            case Submission.Unknown unknown -> failed(FailureCode.TIMED_OUT, unknown.message(), true, nowNanos);
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

    private Progress failed(FailureCode code, String message, boolean patient, long nowNanos) {
        if (!patient || nowNanos - begunNanos >= limits.resolveWait().toNanos()) {
            begun = false;
            return new GivenUp(code, message);
        }
        retryAtNanos = nowNanos + RETRY_NANOS;
        return new Waiting(RETRY_NANOS);
    }
}
