package io.weir.consensus.ratis.follow;

import io.weir.contracts.consensus.LogPosition;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;

/**
 * An applied entry of a group's log.
 *
 * @param client who submitted it; with {@code call}, it names the entry. Zeros for an entry of the library's
 * @param bytes as they were submitted; none for an entry of the library's
 */
public record LogEntry(LogPosition position, Kind kind, UUID client, long call, List<ByteBuffer> bytes) {
    /** Whose it is. */
    public enum Kind {
        /** A new leader's first one, or a change of the peers: it tells of its term. */
        LIBRARYS(0),
        /** The group's own: no state is shown it. */
        GROUPS(1),
        /** Somebody submitted it. */
        SUBMITTED(2);

        /** What stands for it in a message. */
        final byte code;

        Kind(int code) {
            this.code = (byte) code;
        }

        static Kind of(byte code) {
            for (Kind kind : values()) {
                if (kind.code == code) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("An entry of kind " + code);
        }
    }

    public LogEntry {
        bytes = List.copyOf(bytes);
    }

    /** An entry that holds nothing for anybody here. */
    public static LogEntry librarys(LogPosition position) {
        return new LogEntry(position, Kind.LIBRARYS, new UUID(0, 0), 0, List.of());
    }

    /** Of the submitted bytes. */
    public int size() {
        return bytes.stream().mapToInt(ByteBuffer::remaining).sum();
    }
}
