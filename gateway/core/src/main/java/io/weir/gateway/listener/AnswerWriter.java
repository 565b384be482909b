package io.weir.gateway.listener;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.weir.gateway.connection.Outgoing;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes answers in pieces, and no faster than the client takes them: what a slow client has not taken stays where it
 * was (in a cache, or the log's tail), but for one piece.
 *
 * <p>Threading: the event loop.
 */
final class AnswerWriter {
    static final int PIECE_BYTES = 128 << 10;

    private final Channel channel;
    private @Nullable Outgoing current;
    private List<ByteBuffer> parts = List.of();
    private int part;
    private long left;

    AnswerWriter(Channel channel) {
        this.channel = channel;
    }

    /** Whether the next answer may be begun. */
    boolean ready() {
        return current == null && channel.isWritable();
    }

    boolean busy() {
        return current != null;
    }

    /**
     * Begins an answer.
     *
     * @return how many bytes it has
     */
    long begin(Outgoing outgoing) {
        current = outgoing;
        parts = outgoing.encode();
        part = 0;
        long total = 0;
        for (ByteBuffer buffer : parts) {
            total += buffer.remaining();
        }
        left = total;
        var _ = proceed();
        return total;
    }

    /**
     * Writes as much as the client has room for; flushing is up to the caller.
     *
     * @return whether anything was written
     */
    boolean proceed() {
        boolean wrote = false;
        while (left > 0 && channel.isWritable()) {
            var _ = channel.write(piece(), channel.voidPromise());
            wrote = true;
        }
        if (left == 0) {
            finish();
        }
        return wrote;
    }

    private ByteBuf piece() {
        int size = (int) Math.min(left, PIECE_BYTES);
        ByteBuf piece = channel.alloc().directBuffer(size, size);
        while (piece.isWritable()) {
            ByteBuffer source = parts.get(part);
            int taken = Math.min(source.remaining(), piece.writableBytes());
            ByteBuffer slice = source.slice(source.position(), taken);
            source.position(source.position() + taken);
            piece.writeBytes(slice);
            if (!source.hasRemaining()) {
                part++;
            }
        }
        left -= size;
        return piece;
    }

    private void finish() {
        Outgoing done = current;
        current = null;
        parts = List.of();
        if (done != null) {
            done.written();
        }
    }

    /** The connection is gone. */
    void abandon() {
        left = 0;
        finish();
    }
}
