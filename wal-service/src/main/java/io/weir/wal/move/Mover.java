package io.weir.wal.move;

import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.StreamLocation;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.contracts.metadata.MovePlans;
import io.weir.contracts.metadata.StreamMove;
import io.weir.contracts.metadata.StreamMove.Phase;
import io.weir.contracts.metadata.Topic;
import io.weir.wal.duty.Duty;
import io.weir.wal.entry.Command;
import io.weir.wal.entry.HandedStream;
import io.weir.wal.entry.StreamRange;
import io.weir.wal.shard.CommandLine;
import io.weir.wal.shard.Neighbours;
import io.weir.wal.shard.ShardMachine;
import io.weir.wal.state.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out the move that is next, while this process leads the shard that its streams leave: seals them here, has
 * what they wrote flushed, hands them over, has them placed there, and lets go of them here (ADR 14).
 *
 * <p>It remembers nothing that matters: what was done is in the image and in the shards, and each step may be taken
 * twice, by two that both believe to lead, too. So whoever leads next goes on.
 *
 * <p>Threading: the duty by one thread; one step at a time.
 */
public final class Mover implements Duty {
    /**
     * A move that was sealed for longer is given up, and so is one whose destination does not answer for so long before
     * the seal. A step that takes longer is taken again: what is submitted to a shard without a leader may never be
     * answered.
     */
    static final Duration AT_MOST = Duration.ofSeconds(10);

    /** Changes nothing: that it is answered shows that the destination has a quorum. */
    private static final Command ARE_YOU_THERE = new Command.ForgetStreams(List.of());

    private static final Logger LOG = LoggerFactory.getLogger(Mover.class);
    private static final long LOOK_AGAIN_NANOS = Duration.ofMillis(20).toNanos();
    private static final long FIRST_BACK_OFF_NANOS = Duration.ofMillis(50).toNanos();
    private static final long LAST_BACK_OFF_NANOS = Duration.ofSeconds(2).toNanos();
    private static final long NOT_SEEN = Long.MIN_VALUE;

    private final Surroundings around;
    private final ShardMachine machine;
    private final Runnable signal;
    private @Nullable CompletableFuture<?> running;
    private long runsUntilNanos;
    private long move = -1;
    private long flushThrough = NOT_SEEN;
    private long askedSinceNanos = NOT_SEEN;
    private long sealedSinceNanos = NOT_SEEN;
    private long backOffNanos;
    private long notBeforeNanos;

    /**
     * What a mover works with.
     *
     * @param commands into the shard's own log
     * @param flushThrough has what was appended up to a log index flushed soon
     */
    public record Surroundings(
            MetadataSource metadata,
            MovePlans plans,
            ShardMachine machine,
            CommandLine commands,
            Neighbours neighbours,
            LongConsumer flushThrough) {}

    /** @param signal called when the duty has something to do */
    public Mover(Surroundings around, Runnable signal) {
        this.around = around;
        this.machine = around.machine();
        this.signal = signal;
    }

    @Override
    public long work(long nowNanos) {
        CompletableFuture<?> step = running;
        if (step != null) {
            if (!step.isDone() && nowNanos - runsUntilNanos < 0) {
                return runsUntilNanos - nowNanos;
            }
            running = null;
            finish(step, nowNanos);
        }
        MetadataImage image = around.metadata().image();
        Optional<StreamMove> next =
                image.moves().stream().findFirst().filter(first -> first.from().equals(machine.shard()));
        if (next.isEmpty() || !machine.leads()) {
            begin(-1);
            return UNTIL_SIGNALLED;
        }
        if (backOffNanos > 0 && nowNanos - notBeforeNanos < 0) {
            return notBeforeNanos - nowNanos;
        }
        if (next.get().id() != move) {
            begin(next.get().id());
        }
        return switch (next.get().phase()) {
            case PLANNED -> prepare(image, next.get(), nowNanos);
            case PLACED -> run(letGo(image, next.get()), nowNanos);
            case CANCELLED -> run(undo(image, next.get()), nowNanos);
        };
    }

    private void begin(long id) {
        move = id;
        flushThrough = NOT_SEEN;
        askedSinceNanos = NOT_SEEN;
        sealedSinceNanos = NOT_SEEN;
        backOffNanos = 0;
    }

    private long prepare(MetadataImage image, StreamMove planned, long nowNanos) {
        List<Long> streams = streams(image, planned);
        if (streams.stream().allMatch(this::isSealedByThis)) {
            return handOver(image, planned, streams, nowNanos);
        }
        // What is flushed before the seal need not be flushed while nobody can append.
        if (flushThrough == NOT_SEEN && machine.unflushedBatches() > 0) {
            flushThrough = machine.locked(() -> machine.state().applied());
            around.flushThrough().accept(flushThrough);
        }
        if (flushThrough != NOT_SEEN && machine.flushedUpTo() < flushThrough && machine.unflushedBatches() > 0) {
            return LOOK_AGAIN_NANOS;
        }
        if (askedSinceNanos == NOT_SEEN) {
            askedSinceNanos = nowNanos;
        }
        if (nowNanos - askedSinceNanos >= AT_MOST.toNanos()) {
            return run(giveUp(planned, planned.to() + " has not answered for " + AT_MOST.toSeconds() + " s"), nowNanos);
        }
        Optional<CommandLine> there = around.neighbours().commands(planned.to());
        return run(there.isEmpty() ? notHere(planned) : seal(planned, streams, there.get()), nowNanos);
    }

    /** Only once the destination has answered: while it cannot, the streams had better take appends here. */
    private CompletableFuture<?> seal(StreamMove planned, List<Long> streams, CommandLine there) {
        return there.submit(ARE_YOU_THERE)
                .thenCompose(answered -> around.commands().submit(new Command.SealStreams(planned.id(), streams)))
                .thenCompose(reply -> {
                    String why = refusalOf(reply);
                    return why == null ? CompletableFuture.completedFuture(null) : giveUp(planned, why);
                });
    }

    private boolean isSealedByThis(long stream) {
        Long by = machine.moves().sealed().get(stream);
        return by != null && by == move;
    }

    private long handOver(MetadataImage image, StreamMove planned, List<Long> streams, long nowNanos) {
        if (sealedSinceNanos == NOT_SEEN) {
            sealedSinceNanos = nowNanos;
            long applied = machine.locked(() -> machine.state().applied());
            around.flushThrough().accept(applied);
        }
        if (nowNanos - sealedSinceNanos >= AT_MOST.toNanos()) {
            return run(giveUp(planned, "its streams have been sealed for " + AT_MOST.toSeconds() + " s"), nowNanos);
        }
        // To put together what is handed over keeps appends waiting: once, not at each look.
        if (!machine.locked(() -> streams.stream().allMatch(machine.state()::isFlushed))) {
            return LOOK_AGAIN_NANOS;
        }
        List<HandedStream> handed = new ArrayList<>();
        for (long stream : streams) {
            handed(stream).ifPresent(handed::add);
        }
        if (handed.size() < streams.size()) {
            return LOOK_AGAIN_NANOS;
        }
        Optional<CommandLine> there = around.neighbours().commands(planned.to());
        return run(
                there.isEmpty() ? notHere(planned) : handOver(planned, image.version(), handed, there.get()), nowNanos);
    }

    /** In one look: a state that begins anew goes by an earlier move's seal again, behind which there is more. */
    private Optional<HandedStream> handed(long stream) {
        return machine.locked(
                () -> isSealedByThis(stream) ? machine.state().handed(stream) : Optional.<HandedStream>empty());
    }

    private static <T> CompletableFuture<T> notHere(StreamMove planned) {
        return CompletableFuture.failedFuture(
                new ServiceException(FailureCode.NOT_LEADER, planned.to() + " is not in this process"));
    }

    private CompletableFuture<?> handOver(
            StreamMove planned, long version, List<HandedStream> handed, CommandLine there) {
        CompletableFuture<@Nullable String> refusal = CompletableFuture.completedFuture(null);
        for (HandedStream stream : handed) {
            CompletableFuture<Reply> received = there.submit(new Command.ReceiveStream(planned.id(), version, stream));
            refusal = refusal.thenCombine(received, (before, reply) -> before != null ? before : refusalOf(reply));
        }
        return refusal.thenCompose(why -> why == null ? advance(planned, Phase.PLACED) : giveUp(planned, why));
    }

    private static @Nullable String refusalOf(Reply reply) {
        return reply instanceof Reply.Step step && !step.taken() ? step.message() : null;
    }

    private CompletableFuture<@Nullable Void> giveUp(StreamMove planned, String why) {
        LOG.atWarn()
                .addKeyValue("shard", machine.shard())
                .addKeyValue("move", planned.id())
                .addKeyValue("cause", why)
                .log("Streams stay where they are: their move is given up");
        return advance(planned, Phase.CANCELLED);
    }

    private CompletableFuture<@Nullable Void> advance(StreamMove planned, Phase phase) {
        return around.plans().advance(planned.id(), phase).thenAccept(Mover::requireAccepted);
    }

    private CompletableFuture<?> letGo(MetadataImage image, StreamMove placed) {
        return around.commands()
                .submit(new Command.ReleaseStreams(placed.id(), image.version()))
                .thenAccept(Mover::requireTaken)
                .thenCompose(done -> around.plans().end(placed.id()))
                .thenAccept(Mover::requireAccepted);
    }

    /**
     * In this order: a cancelled move is never placed, so that nobody is sent to what the destination may have of it,
     * and the streams take appends here at once, whether the destination is there or not. Until it has taken back what
     * it received the move is not over, and no later one may bring it the same streams (ADR 14).
     */
    private CompletableFuture<?> undo(MetadataImage image, StreamMove cancelled) {
        return unseal(cancelled)
                .thenCompose(begun -> begun ? takeBack(image, cancelled) : CompletableFuture.completedFuture(null))
                .thenCompose(done -> around.plans().end(cancelled.id()))
                .thenAccept(Mover::requireAccepted);
    }

    /** Completes with whether the destination may have heard of the move: what was never sealed is not handed over. */
    private CompletableFuture<Boolean> unseal(StreamMove cancelled) {
        if (machine.moves().over() >= cancelled.id()) {
            return CompletableFuture.completedFuture(true);
        }
        return around.commands()
                .submit(new Command.UnsealStreams(cancelled.id()))
                .thenApply(reply -> !(reply instanceof Reply.NeverBegun));
    }

    private CompletableFuture<@Nullable Void> takeBack(MetadataImage image, StreamMove cancelled) {
        Topic topic = topic(image, cancelled);
        List<StreamRange> wanted = new ArrayList<>();
        for (int partition : cancelled.partitions()) {
            StreamLocation at = topic.location(partition).orElseThrow();
            wanted.add(new StreamRange(at.stream().value(), 1, at.incarnation().value() + 1, topic.tenant()));
        }
        return around.neighbours()
                .commands(cancelled.to())
                .map(there -> there.submit(new Command.CancelMove(cancelled.id(), wanted)))
                .orElseGet(() -> notHere(cancelled))
                .thenAccept(Mover::requireTaken);
    }

    private static List<Long> streams(MetadataImage image, StreamMove planned) {
        Topic topic = topic(image, planned);
        return planned.partitions().stream()
                .map(partition ->
                        topic.location(partition).orElseThrow().stream().value())
                .toList();
    }

    /** A topic that is deleted takes its moves along. */
    private static Topic topic(MetadataImage image, StreamMove planned) {
        return image.topic(planned.topic())
                .orElseThrow(() -> new IllegalStateException("Move " + planned.id() + " is of no topic"));
    }

    private static void requireTaken(Reply reply) {
        String why = refusalOf(reply);
        if (why != null) {
            throw new ServiceException(FailureCode.INTERNAL, why);
        }
    }

    private static void requireAccepted(MetadataResult<?> result) {
        if (result instanceof MetadataResult.Rejected<?>(var _, String message)) {
            // Somebody else has come further; the image shows it.
            throw new ServiceException(FailureCode.FENCED, message);
        }
    }

    private long run(CompletableFuture<?> step, long nowNanos) {
        running = step;
        if (step.isDone()) {
            return 0;
        }
        long sealLeftNanos = sealedSinceNanos == NOT_SEEN ? 0 : AT_MOST.toNanos() - (nowNanos - sealedSinceNanos);
        long atMostNanos = sealLeftNanos > 0 ? sealLeftNanos : AT_MOST.toNanos();
        runsUntilNanos = nowNanos + atMostNanos;
        var _ = step.whenComplete((done, failure) -> signal.run());
        return atMostNanos;
    }

    private void finish(CompletableFuture<?> step, long nowNanos) {
        if (!step.isDone()) {
            takeAgain(new ServiceException(FailureCode.TIMED_OUT, "There is no answer yet"), nowNanos);
            return;
        }
        try {
            step.join();
            backOffNanos = 0;
        } catch (CompletionException | CancellationException e) {
            takeAgain(ServiceException.of(e), nowNanos);
        }
    }

    private void takeAgain(ServiceException cause, long nowNanos) {
        backOffNanos = Math.min(LAST_BACK_OFF_NANOS, Math.max(FIRST_BACK_OFF_NANOS, backOffNanos * 2));
        notBeforeNanos = nowNanos + backOffNanos;
        LOG.atInfo()
                .addKeyValue("shard", machine.shard())
                .addKeyValue("move", move)
                .addKeyValue("failureCode", cause.code().label())
                .addKeyValue("cause", cause.getMessage())
                .addKeyValue("backOffMs", backOffNanos / 1_000_000)
                .log("A step of a move is taken again");
    }
}
