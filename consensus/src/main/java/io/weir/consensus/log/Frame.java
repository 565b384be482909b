package io.weir.consensus.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Where one entry lies in a buffer that holds a segment file.
 *
 * <p>A frame is a varint length, that many bytes of protocol buffer ({@code LogEntryProto}: 1 term, 2 index, 3 the
 * state machine's entry, of which 1 is its data), and the big-endian CRC32C of all that. The data of every entry that
 * we submit begins with a {@linkplain #syncedBefore mark}.
 *
 * @param start of the varint
 * @param end behind the checksum
 * @param dataStart of the submitted bytes, behind the mark; equal to {@code dataEnd} for an entry of the group's own
 * @param syncedBefore every index at or below it was fsynced before this entry was written; -1 if nothing is known
 * @param own whether the library wrote it for itself
 */
record Frame(int start, int end, long term, long index, int dataStart, int dataEnd, long syncedBefore, boolean own) {
    /** In front of the submitted bytes: the index up to which the log was fsynced when they were submitted. */
    static final int MARK_BYTES = Long.BYTES;

    private static final int CRC_BYTES = Integer.BYTES;
    private static final int TERM = 1;
    private static final int INDEX = 2;
    private static final int STATE_MACHINE_ENTRY = 3;
    private static final int DATA = 1;

    /** The frame that begins at an offset, or nothing if no whole and intact frame does. */
    static @Nullable Frame at(ByteBuffer file, int start, int limit) {
        Wire wire = new Wire(file, start, limit);
        long length = wire.varint();
        if (length <= 0 || length > limit - wire.position() - CRC_BYTES) {
            return null;
        }
        int bodyEnd = wire.position() + (int) length;
        CRC32C crc = new CRC32C();
        crc.update(file.slice(start, bodyEnd - start));
        if ((int) crc.getValue() != file.getInt(bodyEnd)) {
            return null;
        }
        return parsed(file, start, wire.position(), bodyEnd);
    }

    /** Cheap and sometimes wrong: whether {@link #at} is worth its checksum. */
    static boolean plausible(ByteBuffer file, int start, int limit) {
        if (file.get(start) == 0) {
            return false;
        }
        Wire wire = new Wire(file, start, limit);
        long length = wire.varint();
        return length > 0
                && length <= limit - wire.position() - CRC_BYTES
                && file.get(wire.position()) == (TERM << 3 | Wire.VARINT);
    }

    private static @Nullable Frame parsed(ByteBuffer file, int start, int bodyStart, int bodyEnd) {
        Wire wire = new Wire(file, bodyStart, bodyEnd);
        long term = 0;
        long index = 0;
        boolean own = true;
        int dataStart = bodyEnd;
        int dataEnd = bodyEnd;
        while (wire.next()) {
            switch (wire.field()) {
                case TERM -> term = wire.number();
                case INDEX -> index = wire.number();
                case STATE_MACHINE_ENTRY -> {
                    own = false;
                    Wire entry = new Wire(file, wire.valueStart(), wire.valueEnd());
                    dataEnd = wire.valueEnd();
                    dataStart = dataEnd;
                    while (entry.next()) {
                        if (entry.field() == DATA) {
                            dataStart = entry.valueStart();
                            dataEnd = entry.valueEnd();
                        }
                    }
                    if (entry.broken()) {
                        return null;
                    }
                }
                default -> {}
            }
        }
        if (wire.broken()) {
            return null;
        }
        boolean marked = dataEnd - dataStart >= MARK_BYTES;
        return new Frame(
                start,
                bodyEnd + CRC_BYTES,
                term,
                index,
                marked ? dataStart + MARK_BYTES : dataStart,
                dataEnd,
                marked ? file.getLong(dataStart) : -1,
                own);
    }
}
