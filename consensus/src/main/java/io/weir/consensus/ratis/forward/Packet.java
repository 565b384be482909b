package io.weir.consensus.ratis.forward;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.ratis.thirdparty.io.grpc.Drainable;
import org.apache.ratis.thirdparty.io.grpc.KnownLength;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.Status;

/**
 * The bytes of one message, in pieces.
 *
 * <p>Ownership: wraps the pieces, copies none.
 */
public record Packet(List<ByteBuffer> pieces) {
    /** To and from the transport; how large a message may be is the connection's to say. */
    public static final MethodDescriptor.Marshaller<Packet> MARSHALLER = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(Packet packet) {
            return new Pieces(packet.pieces);
        }

        @Override
        public Packet parse(InputStream stream) {
            try {
                return new Packet(List.of(ByteBuffer.wrap(stream.readAllBytes())));
            } catch (IOException e) {
                throw Status.INTERNAL
                        .withDescription("Unreadable message")
                        .withCause(e)
                        .asRuntimeException();
            }
        }
    };

    public static Packet of(ByteBuffer bytes) {
        return new Packet(List.of(bytes));
    }

    /** All of it, as one: a received one is in one piece. */
    public ByteBuffer bytes() {
        if (pieces.size() == 1) {
            return pieces.getFirst().duplicate();
        }
        ByteBuffer whole = ByteBuffer.allocate(
                pieces.stream().mapToInt(ByteBuffer::remaining).sum());
        pieces.forEach(piece -> whole.put(piece.duplicate()));
        return whole.flip();
    }

    /** What the transport reads; it asks for the length first and then takes everything at once. */
    private static final class Pieces extends InputStream implements KnownLength, Drainable {
        private final List<ByteBuffer> left;

        private Pieces(List<ByteBuffer> pieces) {
            this.left = pieces.stream().map(ByteBuffer::duplicate).toList();
        }

        @Override
        public int available() {
            return left.stream().mapToInt(ByteBuffer::remaining).sum();
        }

        @Override
        public int drainTo(OutputStream target) throws IOException {
            int drained = available();
            byte[] copy = new byte[0];
            for (ByteBuffer piece : left) {
                if (piece.hasArray()) {
                    target.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
                    piece.position(piece.limit());
                } else {
                    copy = copy.length < piece.remaining() ? new byte[piece.remaining()] : copy;
                    int length = piece.remaining();
                    piece.get(copy, 0, length);
                    target.write(copy, 0, length);
                }
            }
            return drained;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            for (ByteBuffer piece : left) {
                if (piece.hasRemaining()) {
                    int taken = Math.min(length, piece.remaining());
                    piece.get(target, offset, taken);
                    return taken;
                }
            }
            return length == 0 ? 0 : -1;
        }
    }
}
