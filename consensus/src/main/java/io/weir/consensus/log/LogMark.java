package io.weir.consensus.log;

import java.nio.ByteBuffer;

/**
 * Eight bytes in front of every submitted entry: the index up to which the log was fsynced when it was submitted. They
 * tell {@link LogCheck} a damaged entry, which something behind it knew to be whole, from one that a power loss tore.
 */
public final class LogMark {
    public static final int BYTES = Frame.MARK_BYTES;

    private LogMark() {}

    public static ByteBuffer of(long syncedBefore) {
        return ByteBuffer.allocate(BYTES).putLong(syncedBefore).flip();
    }
}
