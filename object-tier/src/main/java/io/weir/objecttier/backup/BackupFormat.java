package io.weir.objecttier.backup;

import io.weir.contracts.consensus.LogPosition;
import io.weir.contracts.failure.FailureCode;
import io.weir.contracts.failure.ServiceException;
import io.weir.objecttier.codec.ByteSink;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** Reads and writes a backup, version 1: see {@code docs/formats/backup.md}. Threading: stateless. */
final class BackupFormat {
    static final String MAGIC = "WEIRBAK\n";
    static final int VERSION = 1;

    private static final int GROUP_AT = 12;
    private static final int LEAST_BYTES = 8 + 2 + 2 + 2 + 8 + 8 + 8 + 8 + 4;
    /** What comes on top of the state at most. */
    static final int MOST_FRAME_BYTES = 1024;

    private BackupFormat() {}

    static List<ByteBuffer> encode(Backup backup, long takenAtMs, List<ByteBuffer> state) {
        byte[] group = backup.group().getBytes(StandardCharsets.US_ASCII);
        long bytes = state.stream().mapToLong(ByteBuffer::remaining).sum();
        ByteBuffer head = new ByteSink(LEAST_BYTES + group.length)
                .bytes(MAGIC.getBytes(StandardCharsets.US_ASCII))
                .u16(VERSION)
                .u16(0)
                .u16(group.length)
                .bytes(group)
                .i64(backup.position().term())
                .i64(backup.position().index())
                .i64(takenAtMs)
                .i64(bytes)
                .buffer();
        CRC32C crc = new CRC32C();
        crc.update(head.duplicate());
        state.forEach(piece -> crc.update(piece.duplicate()));
        List<ByteBuffer> pieces = new ArrayList<>();
        pieces.add(head);
        pieces.addAll(state);
        pieces.add(new ByteSink(Integer.BYTES).i32((int) crc.getValue()).buffer());
        return pieces;
    }

    /**
     * What a backup holds.
     *
     * @param takenAtMs when it was begun, by the clock of the process that made it
     */
    record Contents(long takenAtMs, ByteBuffer state) {}

    /** @throws ServiceException with {@code CORRUPT}, naming the object */
    static Contents decode(Backup backup, ByteBuffer bytes) {
        if (bytes.remaining() < LEAST_BYTES) {
            throw corrupt(backup, "it has only " + bytes.remaining() + " bytes");
        }
        ByteBuffer in = bytes.slice();
        int checked = in.limit() - Integer.BYTES;
        CRC32C crc = new CRC32C();
        crc.update(in.slice(0, checked));
        byte[] magic = new byte[MAGIC.length()];
        in.get(magic);
        if (!MAGIC.equals(new String(magic, StandardCharsets.ISO_8859_1))) {
            throw corrupt(backup, "it does not begin with " + MAGIC.strip());
        }
        int version = in.getShort();
        int reserved = in.getShort();
        if (version != VERSION || reserved != 0) {
            throw corrupt(
                    backup,
                    "it has version " + version + " with flags " + reserved + ", and this software reads " + VERSION);
        }
        if ((int) crc.getValue() != in.getInt(checked)) {
            throw corrupt(backup, "its checksum does not match its bytes");
        }
        byte[] group = new byte[Math.min(in.getShort(GROUP_AT) & 0xFFFF, in.limit() - LEAST_BYTES)];
        in.position(GROUP_AT + Short.BYTES).get(group);
        LogPosition position = new LogPosition(in.getLong(), in.getLong());
        long takenAtMs = in.getLong();
        long stateBytes = in.getLong();
        Backup found = new Backup(new String(group, StandardCharsets.US_ASCII), position);
        if (!found.equals(backup) || stateBytes != checked - in.position()) {
            throw corrupt(backup, "it is of " + found + " with " + stateBytes + " bytes");
        }
        return new Contents(takenAtMs, in.slice(in.position(), checked - in.position()));
    }

    static ServiceException corrupt(Backup backup, String reason) {
        return new ServiceException(FailureCode.CORRUPT, "Backup " + backup.key() + " is damaged: " + reason);
    }
}
