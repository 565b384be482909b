package io.weir.consensus.log;

import java.nio.ByteBuffer;

/**
 * Eight bytes in front of every submitted entry: the index up to which the log was fsynced when it was submitted. They
 * tell {@link LogCheck} a damaged entry, which something behind it knew to be whole, from one that a power loss tore.
 * They are the leader's: on a follower they cannot, and leave a {@link Doubt}. An entry that the group wrote for itself
 * has {@link #OWN} there, which tells nothing.
 */
public final class LogMark {
    public static final int BYTES = Frame.MARK_BYTES;

    /** Of an entry that no state is shown. */
    public static final long OWN = Long.MIN_VALUE;

    private LogMark() {}

    /** Whether a mark that begins with a byte is {@link #OWN}: all others are -1 or more. */
    public static boolean isOwn(byte first) {
        return first == Byte.MIN_VALUE;
    }

    public static ByteBuffer of(long syncedBefore) {
        return ByteBuffer.allocate(BYTES).putLong(syncedBefore).flip();
    }
}
