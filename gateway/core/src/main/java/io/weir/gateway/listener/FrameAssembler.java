package io.weir.gateway.listener;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a byte stream into frames of four bytes of length and a body. The body's array grows with what has come, so that
 * a length alone costs nothing; a frame that comes in one piece is copied once.
 *
 * <p>Threading: one thread.
 */
final class FrameAssembler {
    private static final int LENGTH_BYTES = 4;
    private static final int LEAST_ARRAY_BYTES = 16 << 10;
    private static final int GROWTH = 4;

    private final int maxFrameBytes;
    private int lengthRead;
    private int length;
    private int filled;
    private byte @Nullable [] body;

    FrameAssembler(int maxFrameBytes) {
        this.maxFrameBytes = maxFrameBytes;
    }

    /**
     * Takes what it needs from the buffer.
     *
     * @return a whole frame, or null when the buffer is used up
     * @throws FrameRefused when the length is none of a frame
     */
    byte @Nullable [] next(ByteBuf in) {
        while (lengthRead < LENGTH_BYTES) {
            if (!in.isReadable()) {
                return null;
            }
            length = (length << 8) | in.readUnsignedByte();
            if (++lengthRead == LENGTH_BYTES) {
                begin(in.readableBytes());
            }
        }
        byte[] target = java.util.Objects.requireNonNull(body);
        while (in.isReadable() && filled < length) {
            if (filled == target.length) {
                target = Arrays.copyOf(target, (int) Math.min(length, (long) target.length * GROWTH));
                body = target;
            }
            int taken = Math.min(in.readableBytes(), target.length - filled);
            in.readBytes(target, filled, taken);
            filled += taken;
        }
        return filled == length ? finish(target) : null;
    }

    private void begin(int readable) {
        if (length <= 0 || length > maxFrameBytes) {
            throw new FrameRefused(length, maxFrameBytes);
        }
        int first = (int) Math.min(length, Math.max(LEAST_ARRAY_BYTES, (long) readable * GROWTH));
        body = new byte[first];
    }

    private byte[] finish(byte[] frame) {
        body = null;
        lengthRead = 0;
        length = 0;
        filled = 0;
        return frame;
    }

    /** What the unfinished frame occupies. */
    int heldBytes() {
        byte[] held = body;
        return held == null ? 0 : held.length;
    }

    /** How much of the unfinished frame is still to come. */
    int missingBytes() {
        return length - filled;
    }

    /** Whether a frame has begun. */
    boolean inFrame() {
        return lengthRead > 0;
    }

    /** A length that no frame has. */
    static final class FrameRefused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final int length;

        FrameRefused(int length, int maxFrameBytes) {
            super("Frame of " + length + " bytes; 1 to " + maxFrameBytes + " are accepted", null, false, false);
            this.length = length;
        }

        int length() {
            return length;
        }
    }
}
