package io.weir.metadata;

import io.weir.contracts.cell.CellAppend;
import io.weir.contracts.cell.CellContents;
import io.weir.contracts.cell.CellRecord;
import io.weir.contracts.cell.CellStore;
import io.weir.contracts.consensus.ConsensusGroup;
import io.weir.contracts.consensus.Submission;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.contracts.metadata.MetadataResult;
import io.weir.metadata.command.MetadataCommand;
import io.weir.metadata.cursor.CursorCodec;
import io.weir.metadata.cursor.CursorCommand;
import io.weir.metadata.cursor.CursorReply;
import io.weir.metadata.cursor.CursorState;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Cells over the two groups: the metadata group decides who owns a cell and at which epoch, the cursor group holds its
 * records and refuses every other epoch. An acquisition is complete when the cursor group has been told of it.
 *
 * <p>Threading: any thread; futures complete on a group's thread, loads on one of their own.
 */
final class FencedCells implements CellStore {
    /** Longest key. */
    static final int MAX_KEY_BYTES = 64 << 10;

    /** Most records of one append. */
    static final int MAX_APPEND_RECORDS = 64 << 10;

    private static final int NEVER_ACQUIRED = -1;

    private static final Executor LOADERS =
            work -> Thread.ofVirtual().name("weir-cell-load").start(work);

    private final ProposedCommands commands;
    private final Proposer cursors;
    private final ConsensusGroup group;
    private final CursorState state;
    /** Of the epoch that this process acquired last. */
    private final AtomicReferenceArray<Pipeline> pipelines = new AtomicReferenceArray<>(CELLS);

    /**
     * The appends of one cell that are in flight. Once one fails, all behind it fail, also those that the group
     * applied, until the cell is loaded again.
     */
    private static final class Pipeline {
        private final int epoch;
        private long next;
        /** By how much the appends in flight could let the cell grow; some may be applied already. */
        private long underWay;
        /** The first append that failed; above every number when none did. */
        private long failedFrom = Long.MAX_VALUE;
        /** Appends from the failed one up to here were proposed before the cell was loaded again. */
        private long failedTo = Long.MAX_VALUE;

        Pipeline(int epoch) {
            this.epoch = epoch;
        }

        synchronized long begin(long growth) {
            underWay += growth;
            return next++;
        }

        synchronized void landed(long growth) {
            underWay -= growth;
        }

        synchronized long underWay() {
            return underWay;
        }

        synchronized boolean broken() {
            return failedFrom != Long.MAX_VALUE && failedTo == Long.MAX_VALUE;
        }

        synchronized boolean behindFailure(long append) {
            return append > failedFrom && append < failedTo;
        }

        synchronized void fail(long append) {
            failedFrom = Math.min(failedFrom, append);
            if (append >= failedTo) {
                failedTo = Long.MAX_VALUE;
            }
        }

        synchronized void heal() {
            if (broken()) {
                failedTo = next;
            }
        }
    }

    FencedCells(ProposedCommands commands, Proposer cursors, ConsensusGroup group, CursorState state) {
        this.commands = commands;
        this.cursors = cursors;
        this.group = group;
        this.state = state;
        for (int i = 0; i < CELLS; i++) {
            pipelines.set(i, new Pipeline(NEVER_ACQUIRED));
        }
    }

    @Override
    public CompletableFuture<Optional<Epoch>> acquire(CellId cell, NodeId owner) {
        check(cell);
        return commands.<Epoch>propose(new MetadataCommand.AcquireCell(cell, owner))
                .thenCompose(result -> switch (result) {
                    case MetadataResult.Rejected<Epoch> refused -> CompletableFuture.completedFuture(Optional.empty());
                    case MetadataResult.Accepted<Epoch>(Epoch epoch) -> fence(cell, epoch);
                });
    }

    private CompletableFuture<Optional<Epoch>> fence(CellId cell, Epoch epoch) {
        ByteBuffer command = CursorCodec.encode(new CursorCommand.Fence(cell.value(), epoch.value()));
        return cursors.propose(command).thenApply(outcome -> {
            if (replyOf(outcome) instanceof CursorReply.Fenced) {
                pipelines.set(cell.value(), new Pipeline(epoch.value()));
                return Optional.of(epoch);
            }
            return Optional.empty();
        });
    }

    @Override
    public CompletableFuture<CellAppend> append(
            CellId cell, Epoch epoch, long expectedPosition, List<CellRecord> records) {
        check(records);
        Pipeline pipeline = pipeline(cell, epoch);
        // An append that the group refuses fails all behind it.
        Optional<String> full = state.lackOfRoom(cell.value(), records, pipeline.underWay());
        if (full.isPresent()) {
            throw new ServiceException(FailureCode.STORAGE_FULL, full.get());
        }
        long growth = CursorState.mostGrowth(records);
        ByteBuffer command =
                CursorCodec.encode(new CursorCommand.Append(cell.value(), epoch.value(), expectedPosition, records));
        long number;
        CompletableFuture<Submission> outcome;
        synchronized (pipeline) {
            if (pipeline.broken()) {
                return CompletableFuture.completedFuture(
                        new CellAppend.Unknown("An earlier append to " + cell + " failed: load it again"));
            }
            number = pipeline.begin(growth);
            outcome = cursors.propose(command);
        }
        return outcome.thenApply(submitted -> {
            pipeline.landed(growth);
            return landed(cell, pipeline, number, submitted);
        });
    }

    private static CellAppend landed(CellId cell, Pipeline pipeline, long number, Submission outcome) {
        if (outcome instanceof Submission.Applied(var position, CursorReply.Appended(long next))) {
            return pipeline.behindFailure(number)
                    ? new CellAppend.Unknown("An earlier append to " + cell + " failed: load it again")
                    : new CellAppend.Appended(next);
        }
        pipeline.fail(number);
        if (outcome instanceof Submission.Unknown(String message)) {
            return new CellAppend.Unknown(message);
        }
        return switch (replyOf(outcome)) {
            case CursorReply.OtherEpoch other -> new CellAppend.Fenced();
            case CursorReply.WrongPosition(long actual) -> new CellAppend.WrongPosition(actual);
            case CursorReply.Full(String message) ->
                throw new CompletionException(new ServiceException(FailureCode.STORAGE_FULL, message));
            case CursorReply.Fenced _, CursorReply.Appended _ ->
                throw new IllegalStateException("Append " + number + " to " + cell + " came to " + outcome);
        };
    }

    private static CursorReply replyOf(Submission outcome) {
        return switch (outcome) {
            case Submission.Applied(var position, Object reply) -> (CursorReply) reply;
            case Submission.NotAccepted(FailureCode code, String message, var _) ->
                throw new CompletionException(new ServiceException(code, message));
            case Submission.Unknown(String message) ->
                throw new CompletionException(new ServiceException(FailureCode.TIMED_OUT, message));
        };
    }

    private static void check(List<CellRecord> records) {
        if (records.size() > MAX_APPEND_RECORDS) {
            throw new IllegalArgumentException(
                    "Append of " + records.size() + " records is larger than " + MAX_APPEND_RECORDS);
        }
        long bytes = 0;
        for (CellRecord cellRecord : records) {
            int keyBytes = cellRecord.key().remaining();
            if (keyBytes < 1 || keyBytes > MAX_KEY_BYTES) {
                throw new IllegalArgumentException("Key must have 1 to " + MAX_KEY_BYTES + " bytes, not " + keyBytes);
            }
            ByteBuffer value = cellRecord.value();
            bytes += keyBytes + (value == null ? 0 : value.remaining());
        }
        if (bytes > MAX_APPEND_BYTES) {
            throw new IllegalArgumentException(
                    "Append of " + bytes + " bytes is larger than MAX_APPEND_BYTES = " + MAX_APPEND_BYTES);
        }
    }

    @Override
    public CompletableFuture<CellContents> load(CellId cell, Epoch epoch) {
        Pipeline pipeline = pipeline(cell, epoch);
        return group.barrier().thenApplyAsync(current -> contents(cell, epoch, pipeline), LOADERS);
    }

    private CellContents contents(CellId cell, Epoch epoch, Pipeline pipeline) {
        CursorState.CellView view = state.view(cell.value());
        if (view.epoch() != epoch.value()) {
            throw new CompletionException(new ServiceException(
                    FailureCode.FENCED, cell + " is at epoch " + view.epoch() + ", not " + epoch.value()));
        }
        pipeline.heal();
        return view.contents();
    }

    @Override
    public CompletableFuture<Void> resign(CellId cell, Epoch epoch) {
        check(cell);
        return commands.<Epoch>propose(new MetadataCommand.ResignCell(cell, epoch))
                .thenApply(done -> null);
    }

    /** The epoch's pipeline; one of its own for an epoch that is not this process's: the group will refuse it. */
    private Pipeline pipeline(CellId cell, Epoch epoch) {
        check(cell);
        Pipeline pipeline = pipelines.get(cell.value());
        return pipeline.epoch == epoch.value() ? pipeline : new Pipeline(epoch.value());
    }

    private static void check(CellId cell) {
        if (cell.value() >= CELLS) {
            throw new IllegalArgumentException(cell + " is not one of " + CELLS);
        }
    }
}
