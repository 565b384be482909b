package io.weir.wal.entry;

import java.nio.ByteBuffer;
import java.util.List;

/** Walks over an entry's pieces; a run of bytes inside one piece is a view of it, one across pieces a copy. */
final class PieceReader {
    private final List<ByteBuffer> pieces;
    private int piece;
    private int position;
    private int remaining;

    PieceReader(List<ByteBuffer> pieces) {
        this.pieces = pieces;
        long total = 0;
        for (int i = 0; i < pieces.size(); i++) {
            total += pieces.get(i).remaining();
        }
        this.remaining = Math.toIntExact(total);
    }

    int remaining() {
        return remaining;
    }

    /** The next bytes, without passing them. */
    ByteBuffer peek(int length) {
        int atPiece = piece;
        int atPosition = position;
        int left = remaining;
        ByteBuffer bytes = take(length);
        piece = atPiece;
        position = atPosition;
        remaining = left;
        return bytes;
    }

    /** The next bytes; there must be as many. */
    ByteBuffer take(int length) {
        skipEmpty();
        remaining -= length;
        ByteBuffer current = pieces.get(piece);
        int start = current.position() + position;
        if (current.limit() - start >= length) {
            position += length;
            return current.slice(start, length);
        }
        ByteBuffer copy = ByteBuffer.allocate(length);
        while (copy.hasRemaining()) {
            skipEmpty();
            ByteBuffer from = pieces.get(piece);
            int at = from.position() + position;
            int part = Math.min(copy.remaining(), from.limit() - at);
            copy.put(copy.position(), from, at, part).position(copy.position() + part);
            position += part;
        }
        return copy.flip();
    }

    private void skipEmpty() {
        while (piece < pieces.size() - 1 && position == pieces.get(piece).remaining()) {
            piece++;
            position = 0;
        }
    }
}
