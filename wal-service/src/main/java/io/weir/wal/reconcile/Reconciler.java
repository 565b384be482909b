package io.weir.wal.reconcile;

import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.metadata.MetadataImage;
import io.weir.contracts.metadata.MetadataSource;
import io.weir.wal.duty.Duty;
import io.weir.wal.entry.Command;
import io.weir.wal.shard.CommandLine;
import io.weir.wal.shard.ShardMachine;
import io.weir.wal.state.Reply;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one shard's open streams in line with the metadata image while this process leads it. Its commands carry the
 * image's version, and the shard refuses those of an image older than the last it has acted on: a late reconciler can
 * neither bring a deleted stream back nor delete a new one. A stream that the image places elsewhere is left alone: it
 * leaves by a move, or is about to be placed here by one.
 *
 * <p>Threading: the duty by one thread; one command at a time.
 */
public final class Reconciler implements Duty {
    private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);
    /** Ranges in one command. */
    static final int MAX_RANGES = 10_000;

    private static final long FIRST_BACK_OFF_NANOS = Duration.ofMillis(50).toNanos();
    private static final long LAST_BACK_OFF_NANOS = Duration.ofSeconds(5).toNanos();

    private final MetadataSource metadata;
    private final ShardMachine machine;
    private final CommandLine commands;
    private final Runnable signal;
    private volatile boolean dirty = true;
    private @Nullable CompletableFuture<Reply> running;
    private long backOffNanos;
    private long notBeforeNanos;

    public Reconciler(MetadataSource metadata, ShardMachine machine, CommandLine commands, Runnable signal) {
        this.metadata = metadata;
        this.machine = machine;
        this.commands = commands;
        this.signal = signal;
    }

    /** The image changed, or this process leads now. */
    public void look() {
        dirty = true;
        signal.run();
    }

    @Override
    public long work(long nowNanos) {
        CompletableFuture<Reply> command = running;
        if (command != null) {
            if (!command.isDone()) {
                return UNTIL_SIGNALLED;
            }
            running = null;
            finish(command, nowNanos);
        }
        if (!dirty || !machine.leads()) {
            return UNTIL_SIGNALLED;
        }
        if (backOffNanos > 0 && nowNanos - notBeforeNanos < 0) {
            return notBeforeNanos - nowNanos;
        }
        dirty = false;
        MetadataImage image = metadata.image();
        StreamDifference difference =
                StreamDifference.between(image, machine.shard(), machine.open().ranges(), machine.moves());
        if (difference.isEmpty()) {
            return UNTIL_SIGNALLED;
        }
        dirty = true;
        return submit(next(image.version(), difference));
    }

    private static Command next(long version, StreamDifference difference) {
        return difference.toDelete().isEmpty()
                ? new Command.OpenStreams(version, first(difference.toOpen()))
                : new Command.DeleteStreams(version, first(difference.toDelete()));
    }

    private static <T> List<T> first(List<T> all) {
        return all.subList(0, Math.min(all.size(), MAX_RANGES));
    }

    private long submit(Command command) {
        CompletableFuture<Reply> submitted = commands.submitNow(command);
        running = submitted;
        if (submitted.isDone()) {
            return 0;
        }
        var _ = submitted.whenComplete((reply, failure) -> signal.run());
        return UNTIL_SIGNALLED;
    }

    private void finish(CompletableFuture<Reply> command, long nowNanos) {
        String cause;
        try {
            if (!(command.join() instanceof Reply.Stale stale)) {
                backOffNanos = 0;
                return;
            }
            cause = "The shard has acted on metadata version " + stale.metadataVersion();
        } catch (CompletionException | CancellationException e) {
            cause = String.valueOf(ServiceException.of(e).getMessage());
        }
        backOffNanos = Math.min(LAST_BACK_OFF_NANOS, Math.max(FIRST_BACK_OFF_NANOS, backOffNanos * 2));
        notBeforeNanos = nowNanos + backOffNanos;
        LOG.atInfo()
                .addKeyValue("shard", machine.shard())
                .addKeyValue("cause", cause)
                .addKeyValue("backOffMs", backOffNanos / 1_000_000)
                .log("Cannot open or delete streams yet");
    }
}
