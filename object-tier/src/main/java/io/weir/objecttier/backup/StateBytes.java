package io.weir.objecttier.backup;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A group's state while it is copied: in memory, in pieces, up to a bound. Threading: one thread. */
final class StateBytes extends OutputStream {
    private static final int PIECE_BYTES = 1 << 20;

    private final long atMost;
    private final List<ByteBuffer> full = new ArrayList<>();
    private ByteBuffer piece = ByteBuffer.allocate(1 << 12);
    private long bytes;

    /** @param atMost more than this is refused */
    StateBytes(long atMost) {
        this.atMost = atMost;
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        bytes += length;
        if (bytes > atMost) {
            throw new IOException("The state has more than the " + atMost + " bytes that a backup may have");
        }
        int from = offset;
        int left = length;
        while (left > 0) {
            if (!piece.hasRemaining()) {
                full.add(piece.flip());
                piece = ByteBuffer.allocate(PIECE_BYTES);
            }
            int part = Math.min(left, piece.remaining());
            piece.put(source, from, part);
            from += part;
            left -= part;
        }
    }

    /** What was written. Nothing may be written afterwards. */
    List<ByteBuffer> pieces() {
        List<ByteBuffer> pieces = new ArrayList<>(full);
        pieces.add(piece.flip());
        return pieces;
    }
}
