package io.weir.wal.shard;

import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.EntryCodec;
import io.weir.wal.state.Reply;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The way of all commands but appends into a shard's log.
 *
 * <p>A command that is right only while the state that was looked at goes on is bound to the term of the look: see
 * {@link ConsensusGroup#submit(List, long)}. Without a term go those that a client asks for; those that are checked
 * again when they are applied: the steps of moves, and what opens and deletes streams as of a metadata version; and log
 * starts that shards tell each other, which only rise.
 *
 * <p>Threading: any thread; never blocks. Futures complete on the group's thread, exceptionally with a
 * {@link ServiceException} when the command was not accepted, was refused, or its fate is unknown.
 */
public final class CommandLine {
    /** Commands under way, at most. */
    static final int MAX_WAITING = 256;

    private final ConsensusGroup group;
    private final InstantSource clock;
    private final Executor executor;
    private final AtomicInteger waiting = new AtomicInteger();

    /** @param executor may block */
    public CommandLine(ConsensusGroup group, InstantSource clock, Executor executor) {
        this.group = group;
        this.clock = clock;
        this.executor = executor;
    }

    public CompletableFuture<Reply> submit(Command command) {
        return submitLater(() -> submitNow(command));
    }

    /** @param term led here before the look by which the command was decided upon: it is refused in any other */
    public CompletableFuture<Reply> submit(Command command, long term) {
        return submitLater(() -> submitNow(command, term));
    }

    private CompletableFuture<Reply> submitLater(Supplier<CompletableFuture<Reply>> submission) {
        if (waiting.incrementAndGet() > MAX_WAITING) {
            waiting.decrementAndGet();
            return CompletableFuture.failedFuture(new ServiceException(
                    FailureCode.OVERLOADED, MAX_WAITING + " commands are under way in " + group.name()));
        }
        CompletableFuture<Reply> answered = new CompletableFuture<>();
        AtomicBoolean begun = new AtomicBoolean();
        try {
            executor.execute(() -> {
                if (begun.compareAndSet(false, true)) {
                    var _ = submission.get().whenComplete((reply, failure) -> {
                        waiting.decrementAndGet();
                        if (failure == null) {
                            answered.complete(reply);
                        } else {
                            answered.completeExceptionally(ServiceException.of(failure));
                        }
                    });
                }
            });
        } catch (RejectedExecutionException closed) {
            waiting.decrementAndGet();
            answered.completeExceptionally(
                    new ServiceException(FailureCode.SHUTTING_DOWN, group.name() + " takes no more commands", closed));
        } catch (Error noThread) {
            // An executor may run all the same what it could not make a thread for: that is answered as any other.
            if (begun.compareAndSet(false, true)) {
                waiting.decrementAndGet();
                answered.completeExceptionally(new ServiceException(
                        FailureCode.OVERLOADED, "No thread for a command to " + group.name(), noThread));
            }
        }
        return answered;
    }

    /** The same for a thread that may block; not bounded, since such a thread waits for the answer. */
    public CompletableFuture<Reply> submitNow(Command command) {
        return submitNow(command, group::submit);
    }

    /** @param term as for {@link #submit(Command, long)} */
    public CompletableFuture<Reply> submitNow(Command command, long term) {
        return submitNow(command, entry -> group.submit(entry, term));
    }

    private CompletableFuture<Reply> submitNow(
            Command command, Function<List<ByteBuffer>, CompletableFuture<Submission>> way) {
        CompletableFuture<Submission> submitted;
        try {
            submitted = way.apply(EntryCodec.encode(clock.millis(), command));
        } catch (RuntimeException | Error bug) {
            // Told as any other failure is: who waits for the answer is not the one who would see it thrown.
            return CompletableFuture.failedFuture(new ServiceException(
                    FailureCode.INTERNAL, group.name() + " does not take a command: " + bug.getMessage(), bug));
        }
        return submitted.thenApply(this::replyOf);
    }

    private Reply replyOf(Submission submission) {
        return switch (submission) {
            case Submission.Applied applied
            when applied.reply() instanceof Reply.Refused refused ->
                throw new ServiceException(FailureCode.OVERLOADED, refused.message());
            case Submission.Applied applied when applied.reply() instanceof Reply reply -> reply;
            case Submission.Applied applied ->
                throw new ServiceException(FailureCode.INTERNAL, "Unexpected reply " + applied.reply());
            case Submission.NotAccepted refused -> throw new ServiceException(refused.code(), refused.message());
            case Submission.Unknown unknown -> throw new ServiceException(FailureCode.TIMED_OUT, unknown.message());
        };
    }
}
