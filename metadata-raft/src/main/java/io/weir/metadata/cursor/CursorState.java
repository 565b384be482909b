package io.weir.metadata.cursor;

import io.weir.contracts.cell.CellContents;
import io.weir.contracts.cell.CellRecord;
import io.weir.contracts.cell.CellStore;
import io.weir.contracts.consensus.Leadership;
import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.consensus.ReplicatedState;
import io.weir.metadata.wire.ChecksummedInput;
import io.weir.metadata.wire.ChecksummedOutput;
import io.weir.metadata.wire.MalformedException;
import io.weir.metadata.wire.WireReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The cursor group's state machine: the cells' epochs, positions and records.
 *
 * <p>The reply to an entry is a list: one {@link CursorReply} for each command.
 *
 * <p>Threading: the group's thread changes it, holding the lock; {@link #view} may be called by any thread and holds it
 * for a moment only.
 */
public final class CursorState implements ReplicatedState {
    /** "WCUS". */
    static final int MAGIC = 0x57435553;

    /** The only version of the snapshot there is. */
    static final int VERSION = 1;

    private static final int LEAST_RECORD_BYTES = 4 + 1 + 4;

    /** Learns what happened, on the group's thread. */
    public interface Observer {
        /** An entry of so many bytes was applied, or read back from the log. */
        void applied(int bytes);

        void leadershipChanged(Leadership leadership);

        /** A snapshot of so many bytes was written, on the thread that wrote it. */
        void written(long bytes);
    }

    private static final class Cell {
        CellLog log = new CellLog();
        int epoch;
        long nextPosition;
    }

    /** A cell at one moment. Threading: immutable. */
    public static final class CellView {
        private final int epoch;
        private final long nextPosition;
        private final CellLog.View log;

        private CellView(Cell cell) {
            epoch = cell.epoch;
            nextPosition = cell.nextPosition;
            log = cell.log.view();
        }

        public int epoch() {
            return epoch;
        }

        public long nextPosition() {
            return nextPosition;
        }

        /** Its live records: work in proportion to the cell. */
        public CellContents contents() {
            return new CellContents(log.live(), nextPosition);
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final CursorLimits limits;
    private final Observer observer;
    private final Cell[] cells = new Cell[CellStore.CELLS];
    private volatile long liveBytes;

    public CursorState(CursorLimits limits, Observer observer) {
        this.limits = limits;
        this.observer = observer;
        clear();
    }

    private void clear() {
        for (int i = 0; i < cells.length; i++) {
            cells[i] = new Cell();
        }
        liveBytes = 0;
    }

    /** Bytes of live records in all cells. */
    public long liveBytes() {
        return liveBytes;
    }

    /** Memory that the cells hold. */
    public long heldBytes() {
        lock.lock();
        try {
            long held = 0;
            for (Cell cell : cells) {
                held += cell.log.heldBytes();
            }
            return held;
        } finally {
            lock.unlock();
        }
    }

    /** The cell as of the last applied entry. */
    public CellView view(int cell) {
        lock.lock();
        try {
            return new CellView(cells[cell]);
        } finally {
            lock.unlock();
        }
    }

    /** By how much the records could let a cell grow, if every key were new. */
    public static long mostGrowth(List<CellRecord> records) {
        return CellLog.most(records);
    }

    /**
     * Why there is no room for the records, as of the last applied entry.
     *
     * @param underWay by how much what is on its way to the cell could let it grow
     * @return empty when there is room
     */
    public Optional<String> lackOfRoom(int cell, List<CellRecord> records, long underWay) {
        lock.lock();
        try {
            return lackOfRoom(cell, cells[cell], records, underWay);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void reset() {
        lock.lock();
        try {
            clear();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Object apply(LogPosition position, List<ByteBuffer> entry) {
        List<CursorCommand> commands;
        try {
            commands = CursorCodec.decode(entry);
        } catch (MalformedException damaged) {
            throw new IllegalStateException("Cannot apply entry " + position + ": " + damaged.getMessage(), damaged);
        }
        List<CursorReply> replies = new ArrayList<>(commands.size());
        lock.lock();
        try {
            for (CursorCommand command : commands) {
                Cell cell = cells[command.cell()];
                replies.add(
                        switch (command) {
                            case CursorCommand.Fence fence -> fence(cell, fence);
                            case CursorCommand.Append append -> append(cell, append);
                        });
            }
        } finally {
            lock.unlock();
        }
        observer.applied(entry.stream().mapToInt(ByteBuffer::remaining).sum());
        return replies;
    }

    private static CursorReply fence(Cell cell, CursorCommand.Fence fence) {
        if (fence.epoch() < cell.epoch) {
            return new CursorReply.OtherEpoch(cell.epoch);
        }
        cell.epoch = fence.epoch();
        return new CursorReply.Fenced(cell.nextPosition);
    }

    private CursorReply append(Cell cell, CursorCommand.Append append) {
        if (append.epoch() != cell.epoch) {
            return new CursorReply.OtherEpoch(cell.epoch);
        }
        if (append.expectedPosition() != cell.nextPosition) {
            return new CursorReply.WrongPosition(cell.nextPosition);
        }
        Optional<String> full = lackOfRoom(append.cell(), cell, append.records(), 0);
        if (full.isPresent()) {
            return new CursorReply.Full(full.get());
        }
        write(cell, append.records());
        return new CursorReply.Appended(cell.nextPosition);
    }

    private Optional<String> lackOfRoom(int id, Cell cell, List<CellRecord> records, long underWay) {
        if (fits(cell, CellLog.most(records), underWay) || fits(cell, cell.log.growth(records), underWay)) {
            return Optional.empty();
        }
        return Optional.of("No room for " + records.size() + " records: cell " + id + " holds " + cell.log.liveBytes()
                + " bytes of " + limits.cellBytes() + ", all cells " + liveBytes + " of " + limits.totalBytes());
    }

    /** What makes a cell no larger always fits. */
    private boolean fits(Cell cell, long growth, long underWay) {
        long more = growth + underWay;
        return growth <= 0
                || (cell.log.liveBytes() + more <= limits.cellBytes() && liveBytes + more <= limits.totalBytes());
    }

    private void write(Cell cell, List<CellRecord> records) {
        long before = cell.log.liveBytes();
        for (CellRecord cellRecord : records) {
            cell.log.write(cellRecord);
        }
        cell.nextPosition += records.size();
        setLiveBytes(liveBytes + cell.log.liveBytes() - before);
    }

    /** Written under the lock only; volatile for the metrics. */
    private void setLiveBytes(long now) {
        liveBytes = now;
    }

    @Override
    public Frozen freeze() {
        CellView[] views = new CellView[cells.length];
        lock.lock();
        try {
            for (int i = 0; i < cells.length; i++) {
                views[i] = new CellView(cells[i]);
            }
        } finally {
            lock.unlock();
        }
        return new Frozen() {
            @Override
            public void writeTo(OutputStream out) throws IOException {
                observer.written(CursorState.write(views, out));
            }

            @Override
            public void close() {
                // The arrays are garbage once nobody holds them.
            }
        };
    }

    private static long write(CellView[] views, OutputStream stream) throws IOException {
        ChecksummedOutput out = new ChecksummedOutput(stream);
        out.next().i32(MAGIC).u16(VERSION).u16(views.length);
        for (CellView view : views) {
            List<CellRecord> live = view.log.live();
            out.next().i32(view.epoch).i64(view.nextPosition).i32(live.size());
            for (CellRecord cellRecord : live) {
                CursorCodec.encode(out.next(), cellRecord);
                out.piece();
            }
        }
        return out.finish();
    }

    @Override
    public void restore(InputStream snapshot, LogPosition position) throws IOException {
        WireReader in = ChecksummedInput.open(snapshot, MAGIC, VERSION);
        int count = in.u16();
        if (count != cells.length) {
            throw new MalformedException("Snapshot has " + count + " cells instead of " + cells.length);
        }
        lock.lock();
        try {
            clear();
            for (Cell cell : cells) {
                cell.epoch = in.i32();
                long nextPosition = in.i64();
                int records = in.count(in.i32(), LEAST_RECORD_BYTES);
                for (int i = 0; i < records; i++) {
                    write(cell, List.of(CursorCodec.decode(in)));
                }
                cell.nextPosition = nextPosition;
            }
            in.end();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void leadershipChanged(Leadership leadership) {
        observer.leadershipChanged(leadership);
    }
}
