package io.weir.metadata.cursor;

import io.weir.contracts.cell.CellRecord;
import io.weir.contracts.cell.CellStore;
import io.weir.metadata.wire.MalformedException;
import io.weir.metadata.wire.WireReader;
import io.weir.metadata.wire.WireWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The binary form of the cursor group's log entries: see {@code docs/formats/cursor-record.md}. */
public final class CursorCodec {
    /** The only version there is. */
    public static final int VERSION = 1;

    private static final int HEADER_BYTES = 1 + 4;
    private static final int LEAST_COMMAND_BYTES = 1 + 2 + 4;
    private static final int LEAST_RECORD_BYTES = 4 + 1 + 4;
    private static final int DELETED = -1;

    private CursorCodec() {}

    /** One command, as {@link #entry} joins them. */
    public static ByteBuffer encode(CursorCommand command) {
        return switch (command) {
            case CursorCommand.Fence fence ->
                new WireWriter(LEAST_COMMAND_BYTES)
                        .u8(1)
                        .u16(fence.cell())
                        .i32(fence.epoch())
                        .view();
            case CursorCommand.Append append -> {
                WireWriter out = new WireWriter(sizeOf(append))
                        .u8(2)
                        .u16(append.cell())
                        .i32(append.epoch())
                        .i64(append.expectedPosition())
                        .i32(append.records().size());
                append.records().forEach(cellRecord -> encode(out, cellRecord));
                yield out.view();
            }
        };
    }

    private static int sizeOf(CursorCommand.Append append) {
        int size = LEAST_COMMAND_BYTES + 12;
        for (CellRecord cellRecord : append.records()) {
            ByteBuffer value = cellRecord.value();
            size += 8 + cellRecord.key().remaining() + (value == null ? 0 : value.remaining());
        }
        return size;
    }

    static void encode(WireWriter out, CellRecord cellRecord) {
        out.i32(cellRecord.key().remaining()).raw(cellRecord.key());
        ByteBuffer value = cellRecord.value();
        if (value == null) {
            out.i32(DELETED);
        } else {
            out.i32(value.remaining()).raw(value);
        }
    }

    /** An entry of several commands. */
    public static ByteBuffer entry(List<ByteBuffer> commands) {
        int size =
                HEADER_BYTES + commands.stream().mapToInt(ByteBuffer::remaining).sum();
        WireWriter out = new WireWriter(size).u8(VERSION).i32(commands.size());
        commands.forEach(out::raw);
        return out.view();
    }

    /**
     * The commands of an entry, in order; their records share its bytes.
     *
     * @throws MalformedException when the bytes are damaged or of an unknown version
     */
    public static List<CursorCommand> decode(List<ByteBuffer> entry) throws MalformedException {
        WireReader in = WireReader.over(entry);
        int version = in.u8();
        if (version != VERSION) {
            throw new MalformedException(
                    "Cursor entry has format version " + version + "; this build reads " + VERSION);
        }
        int count = in.count(in.i32(), LEAST_COMMAND_BYTES);
        List<CursorCommand> commands = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            commands.add(command(in));
        }
        in.end();
        return commands;
    }

    private static CursorCommand command(WireReader in) throws MalformedException {
        int tag = in.u8();
        int cell = in.u16();
        if (cell >= CellStore.CELLS) {
            throw new MalformedException("Cell " + cell + " is not one of " + CellStore.CELLS);
        }
        int epoch = in.i32();
        return switch (tag) {
            case 1 -> new CursorCommand.Fence(cell, epoch);
            case 2 -> new CursorCommand.Append(cell, epoch, in.i64(), records(in));
            default -> throw new MalformedException("Unknown cursor command " + tag);
        };
    }

    private static List<CellRecord> records(WireReader in) throws MalformedException {
        int count = in.count(in.i32(), LEAST_RECORD_BYTES);
        List<CellRecord> records = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            records.add(decode(in));
        }
        return records;
    }

    static CellRecord decode(WireReader in) throws MalformedException {
        int keyLength = in.i32();
        if (keyLength < 1) {
            throw new MalformedException("Key of " + keyLength + " bytes");
        }
        ByteBuffer key = in.slice(keyLength);
        int valueLength = in.i32();
        @Nullable ByteBuffer value = valueLength == DELETED ? null : in.slice(valueLength);
        return new CellRecord(key, value);
    }
}
