package io.weir.testsupport.cell;

import io.weir.contracts.cell.CellAppend;
import io.weir.contracts.cell.CellContents;
import io.weir.contracts.cell.CellRecord;
import io.weir.contracts.cell.CellStore;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.contracts.identity.CellId;
import io.weir.contracts.identity.Epoch;
import io.weir.contracts.identity.NodeId;
import io.weir.testsupport.metadata.MemoryMetadata;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Cells in memory, with the fencing, the positions and the failures of the real store.
 *
 * <p>A failed or unknown append fails all behind it until the cell is loaded again, as the port promises.
 *
 * <p>Threading: any thread. Futures complete on the calling thread, or, between {@link #hold} and {@link #release}, on
 * the thread that releases them.
 */
public final class MemoryCellStore implements CellStore {
    /** What an append comes to instead of being done. */
    public enum Failure {
        /** Unknown to the caller, and not done. */
        UNKNOWN_LOST,
        /** Unknown to the caller, and done all the same. */
        UNKNOWN_DONE,
        /** Another owner's epoch is assumed. */
        FENCED,
        /** The log is said to end elsewhere. */
        WRONG_POSITION,
        /** The future completes exceptionally, {@code NOT_LEADER}; nothing is done. */
        UNREACHABLE
    }

    /** A load that was asked for, and whose answer waits. */
    public static final class HeldLoad {
        private final CompletableFuture<Void> asked = new CompletableFuture<>();
        private final CompletableFuture<Void> answer = new CompletableFuture<>();

        /** Completes when the cell's owner asks. */
        public CompletableFuture<Void> asked() {
            return asked;
        }

        /** Answers with what the cell held when it was asked for. */
        public void release() {
            answer.complete(null);
        }

        /** Answers with a failure, {@code FENCED}. */
        public void fail() {
            answer.completeExceptionally(new ServiceException(FailureCode.FENCED, "asked for by the test"));
        }

        private CompletableFuture<CellContents> hold(CompletableFuture<CellContents> contents) {
            asked.complete(null);
            return answer.thenCompose(released -> contents);
        }
    }

    private final Map<CellId, Cell> cells = new HashMap<>();
    private final Map<CellId, HeldLoad> heldLoads = new HashMap<>();
    private final Deque<Failure> failures = new ArrayDeque<>();
    private final Deque<Runnable> held = new ArrayDeque<>();
    private boolean holding;
    private int mostKeys = Integer.MAX_VALUE;
    private int resignationFailures;
    private final @Nullable MemoryMetadata metadata;

    /** Every owner lives until {@link #expire}. */
    public MemoryCellStore() {
        metadata = null;
    }

    /** The owners that are registered there live, and its image shows who owns what. */
    public MemoryCellStore(MemoryMetadata metadata) {
        this.metadata = metadata;
        metadata.onDeparture(this::expire);
    }

    /** The appends that follow fail so, one each; those after them work again. */
    public synchronized void failNextAppends(Failure... next) {
        failures.addAll(List.of(next));
    }

    /** The next resignations fail, and are not done. */
    public synchronized void failNextResignations(int count) {
        resignationFailures = count;
    }

    /** From now on there is no room for an append that would leave a cell with more keys. */
    public synchronized void boundKeys(int most) {
        mostKeys = most;
    }

    /** Work is done at once from now on, but the futures of appends stay open until {@link #release}. */
    public synchronized void hold() {
        holding = true;
    }

    /** Completes what was held back, in order, and holds nothing back any more. */
    public void release() {
        List<Runnable> completions;
        synchronized (this) {
            holding = false;
            completions = new ArrayList<>(held);
            held.clear();
        }
        completions.forEach(Runnable::run);
    }

    /** The cell's next load waits to be answered. */
    public synchronized HeldLoad holdNextLoad(CellId cell) {
        HeldLoad next = new HeldLoad();
        heldLoads.put(cell, next);
        return next;
    }

    /** How many appends wait for {@link #release}. */
    public synchronized int heldBack() {
        return held.size();
    }

    /** The node's lease runs out: others may acquire its cells. */
    public synchronized void expire(NodeId node) {
        for (Cell cell : cells.values()) {
            if (node.equals(cell.owner)) {
                cell.owner = null;
            }
        }
    }

    /** Whose cell it is; empty when nobody's. */
    public synchronized Optional<NodeId> owner(CellId cell) {
        return Optional.ofNullable(cell(cell).owner);
    }

    @Override
    public CompletableFuture<Optional<Epoch>> acquire(CellId id, NodeId owner) {
        Epoch acquired;
        synchronized (this) {
            Cell cell = cell(id);
            if (cell.owner != null && !cell.owner.equals(owner) && lives(cell.owner)) {
                return CompletableFuture.completedFuture(Optional.empty());
            }
            cell.owner = owner;
            cell.epoch++;
            cell.broken = false;
            acquired = new Epoch(cell.epoch);
        }
        show(id);
        return CompletableFuture.completedFuture(Optional.of(acquired));
    }

    private boolean lives(NodeId node) {
        return metadata == null
                || metadata.image().nodes().stream().anyMatch(live -> live.id().equals(node));
    }

    /** Without the lock: the listeners of an image may call back. */
    private void show(CellId cell) {
        if (metadata != null) {
            metadata.ownCell(cell, () -> owner(cell));
        }
    }

    @Override
    public CompletableFuture<CellAppend> append(
            CellId id, Epoch epoch, long expectedPosition, List<CellRecord> records) {
        CompletableFuture<CellAppend> outcome = new CompletableFuture<>();
        Runnable completion;
        synchronized (this) {
            completion = appendNow(cell(id), epoch, expectedPosition, records, outcome);
            if (holding) {
                held.add(completion);
                return outcome;
            }
        }
        completion.run();
        return outcome;
    }

    private Runnable appendNow(
            Cell cell,
            Epoch epoch,
            long expectedPosition,
            List<CellRecord> records,
            CompletableFuture<CellAppend> outcome) {
        int bytes = records.stream().mapToInt(MemoryCellStore::sizeOf).sum();
        if (bytes > MAX_APPEND_BYTES) {
            throw new IllegalArgumentException(
                    "Append of " + bytes + " bytes is larger than MAX_APPEND_BYTES = " + MAX_APPEND_BYTES);
        }
        if (epoch.value() != cell.epoch) {
            return () -> outcome.complete(new CellAppend.Fenced());
        }
        if (cell.keysAfter(records) > Math.max(mostKeys, cell.values.size())) {
            throw new ServiceException(FailureCode.STORAGE_FULL, "More than " + mostKeys + " keys");
        }
        Failure failure = failures.poll();
        if (failure == null && (cell.broken || expectedPosition != cell.nextPosition)) {
            cell.broken = true;
            long actual = cell.nextPosition;
            return () -> outcome.complete(new CellAppend.WrongPosition(actual));
        }
        if (failure == null || failure == Failure.UNKNOWN_DONE) {
            cell.write(records);
        }
        cell.broken = failure != null;
        long next = cell.nextPosition;
        return switch (failure) {
            case null -> () -> outcome.complete(new CellAppend.Appended(next));
            case UNKNOWN_LOST, UNKNOWN_DONE -> () -> outcome.complete(new CellAppend.Unknown("asked for by the test"));
            case FENCED -> () -> outcome.complete(new CellAppend.Fenced());
            case WRONG_POSITION -> () -> outcome.complete(new CellAppend.WrongPosition(next + 1));
            case UNREACHABLE ->
                () -> outcome.completeExceptionally(
                        new ServiceException(FailureCode.NOT_LEADER, "asked for by the test"));
        };
    }

    @Override
    public CompletableFuture<CellContents> load(CellId id, Epoch epoch) {
        CompletableFuture<CellContents> contents;
        HeldLoad held;
        synchronized (this) {
            contents = loadNow(id, epoch);
            held = heldLoads.remove(id);
        }
        return held == null ? contents : held.hold(contents);
    }

    private CompletableFuture<CellContents> loadNow(CellId id, Epoch epoch) {
        Cell cell = cell(id);
        if (epoch.value() != cell.epoch) {
            return CompletableFuture.failedFuture(
                    new ServiceException(FailureCode.FENCED, id + " is at epoch " + cell.epoch));
        }
        cell.broken = false;
        List<CellRecord> live = new ArrayList<>();
        cell.values.forEach((key, value) -> live.add(new CellRecord(key.duplicate(), value.duplicate())));
        return CompletableFuture.completedFuture(new CellContents(live, cell.nextPosition));
    }

    @Override
    public CompletableFuture<Void> resign(CellId id, Epoch epoch) {
        synchronized (this) {
            if (resignationFailures > 0) {
                resignationFailures--;
                return CompletableFuture.failedFuture(
                        new ServiceException(FailureCode.NOT_LEADER, "asked for by the test"));
            }
            Cell cell = cell(id);
            if (epoch.value() != cell.epoch) {
                return CompletableFuture.completedFuture(null);
            }
            cell.owner = null;
        }
        show(id);
        return CompletableFuture.completedFuture(null);
    }

    private Cell cell(CellId id) {
        if (id.value() >= CELLS) {
            throw new IllegalArgumentException(id + " is not one of " + CELLS);
        }
        return cells.computeIfAbsent(id, absent -> new Cell());
    }

    private static int sizeOf(CellRecord cellRecord) {
        ByteBuffer value = cellRecord.value();
        return cellRecord.key().remaining() + (value == null ? 0 : value.remaining());
    }

    private static final class Cell {
        final Map<ByteBuffer, ByteBuffer> values = new LinkedHashMap<>();

        @Nullable NodeId owner;

        int epoch;
        long nextPosition;
        /** An append failed since the last load. */
        boolean broken;

        int keysAfter(List<CellRecord> records) {
            Set<ByteBuffer> keys = new HashSet<>(values.keySet());
            for (CellRecord written : records) {
                if (written.value() == null) {
                    keys.remove(written.key());
                } else {
                    keys.add(written.key());
                }
            }
            return keys.size();
        }

        void write(List<CellRecord> records) {
            for (CellRecord written : records) {
                ByteBuffer key = copy(written.key());
                values.remove(key);
                ByteBuffer value = written.value();
                if (value != null) {
                    values.put(key, copy(value));
                }
                nextPosition++;
            }
        }

        private static ByteBuffer copy(ByteBuffer bytes) {
            return ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
        }
    }
}
